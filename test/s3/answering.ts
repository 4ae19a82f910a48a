import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeAll, describe } from 'vitest';
import { openStore, type StoreOptions } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import type { Store } from '../../src/transfer/ports.ts';
import { listen } from '../support/listen.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const signal = new AbortController().signal;
export const object = { bucket: 'box', key: 'k' };

let way: StoreOptions['way'];

/** Runs tests by requests of our own, and again through the SDK: nobody may see a difference. */
export function inBothWays(tests: () => void): void {
  for (const each of ['wire', 'sdk'] as const) {
    describe(`sent by way of ${each}:`, () => {
      beforeAll(() => {
        way = each;
      });
      tests();
    });
  }
}

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A store whose server answers everything as told, once the request is read. */
export async function storeAnswering(
  answer: Answer,
  notices: string[] = [],
  options: StoreOptions = {},
): Promise<Store> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answer(request, response));
  });
  const port = await listen(server);
  const store = storeAt(`http://127.0.0.1:${port}`, notices, options);
  open.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return store;
}

/** A store at an address, closed after the test. */
export function storeAt(endpointUrl: string, notices: string[] = [], options: StoreOptions = {}): Store {
  const env = { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' };
  const connection = resolveConnection({ endpointUrl }, env, new Map());
  const store = openStore(connection, {
    onNotice: (sentence) => notices.push(sentence),
    readTimeoutMs: 300,
    way,
    ...options,
  });
  open.push(() => store.close());
  return store;
}

/** A store whose server gives every request the same answer. */
export function answering(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<Store> {
  return storeAnswering((_, response) =>
    response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body),
  );
}

/** The document of a refusal. */
export function errorDocument(code: string): string {
  return `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>so it is</Message><RequestId>R1</RequestId></Error>`;
}
