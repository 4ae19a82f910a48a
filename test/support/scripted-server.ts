import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { listen } from './listen.ts';

/** A request as the script sees it. */
export type ScriptedRequest = {
  readonly method: string;
  /** The request line's address, as it was sent. */
  readonly target: string;
  /** Decoded, with the slash at its front. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** How many came before it. */
  readonly index: number;
};

/** What the script answers; a function writes the answer by itself. */
export type ScriptedAnswer =
  | {
      /** @default 200 */
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
      readonly delayMs?: number;
    }
  | ((response: ServerResponse) => void | Promise<void>);

export type ScriptedServer = {
  readonly endpoint: string;
  readonly requests: readonly ScriptedRequest[];
};

/** A server on loopback that checks nothing and answers what a script says: any server, however odd or hostile. */
export async function startScripted(
  script: (request: ScriptedRequest) => ScriptedAnswer,
): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://scripted');
    const asked: ScriptedRequest = {
      method: request.method ?? '',
      target: request.url ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: request.headers,
      index: requests.length,
    };
    requests.push(asked);
    request.resume();
    const answer = script(asked);
    if (typeof answer === 'function') return await answer(response);
    if (answer.delayMs !== undefined) await sleep(answer.delayMs, undefined, { ref: false });
    if (response.destroyed) return;
    response.writeHead(answer.status ?? 200, answer.headers);
    response.end(asked.method === 'HEAD' ? undefined : answer.body);
  });
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${port}`, requests };
}

/** An error document as S3 writes it. */
export function errorDocument(code: string, message = 'no'): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

/** One page of ListObjectsV2. */
export function objectsPage(
  keys: readonly {
    readonly key: string;
    readonly size?: number;
    readonly etag?: string;
    readonly date?: string;
  }[],
  next?: string,
): string {
  const contents = keys.map(
    ({ key, size = 3, etag = 'e', date = '2026-01-02T03:04:05.000Z' }) =>
      `<Contents><Key>${encodeURIComponent(key)}</Key><LastModified>${date}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const more =
    next === undefined
      ? '<IsTruncated>false</IsTruncated>'
      : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>${more}${contents.join('')}</ListBucketResult>`;
}
