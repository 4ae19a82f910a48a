import { createServer, type IncomingMessage } from 'node:http';
import { onTestFinished } from 'vitest';
import { openStore, type StoreOptions } from '../../../src/s3/connect.ts';
import { type ConnectionFlags, resolveConnection } from '../../../src/s3/connection.ts';
import type { PartBody, Store } from '../../../src/transfer/ports.ts';
import { listen } from '../../support/listen.ts';

/** A request as a server sees it, without what each way has of its own. */
export type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, unknown>;
  /** Of a document: its parts, each with its elements in any order. */
  readonly parts: readonly (readonly string[])[];
};

/** The SDK's word on itself, how a body is announced, and what depends on all the others or on the moment. */
const OWN = new Set([
  'user-agent',
  'x-amz-user-agent',
  'amz-sdk-invocation-id',
  'amz-sdk-request',
  'authorization',
  'x-amz-date',
  'connection',
  'expect',
  'transfer-encoding',
  'accept',
]);

function noteOf({ method = '', url = '', headers }: IncomingMessage, text: string): Asked {
  // The SDK marks its GETs and names the operation; no server looks at either.
  const query = url.replace(/([?&])x-id=\w+&?/, '$1').replace(/[?&]$/, '');
  const [path = '', search = ''] = query.split('?');
  const sorted = search.split('&').toSorted().join('&');
  return {
    method,
    url: search ? `${path}?${sorted}` : path,
    headers: Object.fromEntries(
      Object.entries(headers).filter(
        ([name]) => !OWN.has(name) && !(method === 'POST' && isOfDocument(name)),
      ),
    ),
    parts: [...text.matchAll(/<Part>(.*?)<\/Part>/g)].map(([, part = '']) =>
      (part.match(/<(\w+)>.*?<\/\1>/g) ?? []).map((element) => element.replaceAll('&quot;', '"')).toSorted(),
    ),
  };
}

/** Documents may be written in more than one way. */
function isOfDocument(name: string): boolean {
  return ['content-length', 'content-type', 'x-amz-content-sha256'].includes(name);
}

export const signal = new AbortController().signal;
export const BYTES = Buffer.from('some bytes');
export const body: PartBody = {
  size: BYTES.length,
  sums: { crc32: '0a0b0c0d', md5: 'ab'.repeat(16) },
  open: () => [BYTES],
};

/** What makes a store content: bytes, or the document that it waits for. */
function answerTo({ method, url = '' }: IncomingMessage): string {
  if (method === 'POST') return url.includes('uploads') ? BEGUN : COMPLETED;
  if (method !== 'GET') return '';
  return url.includes('uploads') ? LISTED : 'text';
}

const BEGUN =
  '<InitiateMultipartUploadResult><UploadId>id/&amp;&#34;1</UploadId></InitiateMultipartUploadResult>';
const COMPLETED =
  '<CompleteMultipartUploadResult><ETag>&#34;abc-2&#34;</ETag></CompleteMultipartUploadResult>';
const LISTED =
  '<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><UploadIdMarker/></ListMultipartUploadsResult>';

/** What a store of each way asks a server that is content with everything. */
export async function openBoth(
  flags: ConnectionFlags = {},
  options: StoreOptions = {},
): Promise<(use: (store: Store) => Promise<unknown>) => Promise<{ wire: Asked[]; sdk: Asked[] }>> {
  let asked: Asked[] = [];
  const server = createServer((request, response) => {
    const sealed = { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' };
    const range = request.headers.range ? { 'content-range': 'bytes 0-3/4' } : {};
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(noteOf(request, Buffer.concat(chunks).toString('latin1')));
      const text = answerTo(request);
      response.writeHead(200, { etag: '"e"', 'content-length': text.length, ...sealed, ...range }).end(text);
    });
  });
  const port = await listen(server);
  const env = { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' };
  const connection = resolveConnection({ endpointUrl: `http://127.0.0.1:${port}`, ...flags }, env, new Map());
  const stores = [openStore(connection, options), openStore(connection, { ...options, way: 'sdk' })] as const;
  onTestFinished(() => {
    for (const store of stores) store.close();
    server.closeAllConnections();
    server.close();
  });
  return async (use) => {
    const seen: Asked[][] = [];
    for (const store of stores) {
      asked = [];
      await use(store);
      seen.push(asked);
    }
    const [wire = [], sdk = []] = seen;
    return { wire, sdk };
  };
}
