import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasher } from '../../src/local/hash.ts';
import { openStore } from '../../src/s3/connect.ts';
import { resolveConnection } from '../../src/s3/connection.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { createEngine, type Engine } from '../../src/transfer/engine.ts';
import type { Store } from '../../src/transfer/ports.ts';
import { upload, type UploadOptions } from '../../src/transfer/upload.ts';
import type { TransferResult } from '../../src/transfer/result.ts';
import { startServer, type EmbeddedServer, type Ways } from '../support/embedded/server.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { virtualClock } from '../support/memory/clock.ts';
import { memoryCut } from '../support/memory/cut.ts';
import { failureOf } from '../support/memory/engine.ts';
import { memorySource } from '../support/memory/source.ts';

const NEVER = new AbortController().signal;
const TARGET = { bucket: 'box', key: 'key' };
const SIZE = 250;
/** With nine kinds of servers, more than two hundred uploads. */
const ROUNDS = 24;
/** What other writers do just before a Complete is carried out, and what happens to its answer. */
const BEFORE = ['nothing', 'aborted', 'replaced', 'aborted and replaced', 'aborted and overtaken'] as const;
const AFTER = ['nothing', 'lost', 'replaced'] as const;
const WAYS = ['wire', 'sdk'] as const;

const KINDS = {
  aws: {},
  kms: { etag: 'opaque' },
  versitygw: { completeOfGone: 'lie' },
  'versitygw without checksums': { completeOfGone: 'lie', checksums: 'dropped' },
  radosgw: { completeOfGone: '500', completeWithoutEtag: true, checksums: 'dropped' },
  'rclone 1.75': { objectEtag: 'whole-md5', completeByRequest: true, checksums: 'dropped' },
  'rclone 1.76': { objectEtag: 'whole-md5', secondComplete: '200', checksums: 'dropped' },
  moto: { completeOfGone: 'web-page', secondComplete: '200' },
  S3Proxy: { completeOfGone: 'no-such-key', objectEtag: 'whole-md5', checksums: 'dropped' },
} as const satisfies Record<string, Partial<Ways>>;

type Place = {
  readonly server: EmbeddedServer;
  /** A client whose Complete goes through `around`. */
  client(around?: Around): Engine;
};

/** What happens about a Complete: `send` carries it out. */
type Around = (
  store: Store,
  send: () => ReturnType<Store['completeUpload']>,
) => ReturnType<Store['completeUpload']>;

async function withServer<T>(
  ways: Partial<Ways>,
  way: 'wire' | 'sdk',
  use: (place: Place) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'proof-'));
  const server = await startServer({ dir, buckets: ['box'], ways, smallestPartBytes: 1 });
  const env = { ACCESS_KEY_ID: server.accessKeyId, SECRET_KEY: server.secretAccessKey };
  const store = openStore(resolveConnection({ endpointUrl: server.endpoint }, env, new Map()), { way });
  const client = (around: Around = (_, send) => send()): Engine => {
    const watched: Store = {
      ...store,
      completeUpload: (...args) => around(store, () => store.completeUpload(...args)),
    };
    return createEngine({ store: watched, hasher, cut: memoryCut({}) }, { random: () => 0 });
  };
  try {
    return await use({ server, client });
  } finally {
    store.close();
    await server.close();
    await rm(dir, { recursive: true });
  }
}

async function put(engine: Engine, seed: number, options: UploadOptions = {}): Promise<TransferResult> {
  const source = memorySource(patternBytes(SIZE, seed), { clock: virtualClock() });
  return await upload(engine, source, TARGET, { partSize: 100, minPartSize: 1, resume: 'never', ...options });
}

/** An older object of the size of the others, by one request. */
async function place(engine: Engine, seed: number): Promise<void> {
  await put(engine, seed, { multipartThreshold: SIZE });
}

async function bytesAt({ store }: Engine): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const range = { start: 0, end: SIZE };
  for await (const piece of store.read(TARGET, range, { signal: NEVER, etag: undefined }))
    pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

async function abortAll(store: Store): Promise<void> {
  for await (const found of store.listUploads('box', 'key', { signal: NEVER, repeat: (ask) => ask() }))
    await store.abortUpload(found, { signal: NEVER });
}

describe.each(Object.entries(KINDS))('a put to a server like %s', (_, ways) => {
  it.each(WAYS)('over an older object succeeds, and is proven (%s)', async (way) => {
    await withServer(ways, way, async ({ client }) => {
      await place(client(), 9);
      expect((await put(client(), 1)).verified.by).not.toBe('size');
      expect(await bytesAt(client())).toEqual(Buffer.from(patternBytes(SIZE, 1)));
    });
  });

  it.each(WAYS)('fails when its upload was aborted just before Complete (%s)', async (way) => {
    await withServer(ways, way, async ({ client }) => {
      await place(client(), 9);
      const aborted = client(async (store, send) => {
        await abortAll(store);
        return await send();
      });
      expect(await failureOf(put(aborted, 1))).not.toMatchObject({ upload: { state: 'left' } });
      expect(await bytesAt(client())).toEqual(Buffer.from(patternBytes(SIZE, 9)));
    });
  });

  it('never takes the object of another of four writers for its own, whatever is lost', async () => {
    await withServer(ways, 'wire', async ({ client }) => {
      await place(client(), 9);
      let done = 0;
      for (let round = 0; round < ROUNDS; round++) {
        // Every accident meets every other in turn.
        const [before, after] = [BEFORE[round % BEFORE.length], AFTER[round % AFTER.length]];
        const rival = 20 + (round % 3);
        let isOver = false;
        const engine = client(async (store, send) => {
          if (isOver) return await send();
          isOver = true;
          if (before?.includes('aborted')) await abortAll(store);
          if (before?.includes('replaced')) await place(client(), rival);
          if (before?.includes('overtaken')) await put(client(), rival);
          const answer = await send().catch((error: unknown) => {
            if (after !== 'lost') throw error;
          });
          if (after === 'replaced') await place(client(), rival);
          if (answer === undefined || after === 'lost')
            throw new TransferError('network', 'the answer was lost', { recovery: 'again' });
          return answer;
        });
        const [settled] = await Promise.allSettled([put(engine, round)]);
        if (settled.status === 'rejected') {
          expect(settled.reason).toBeInstanceOf(TransferError);
          continue;
        }
        done++;
        expect(await bytesAt(client())).toEqual(Buffer.from(patternBytes(SIZE, round)));
      }
      expect(done).toBeGreaterThan(0);
    });
  });
});

describe('a Complete that names the size of the object', () => {
  describe.each(WAYS)('(%s)', (way) => {
    it.each(['refused-400', 'refused-501'] as const)('leaves it out where it is %s', async (objectSize) => {
      await withServer({ objectSize }, way, async ({ client, server }) => {
        await put(client(), 1);
        await put(client(), 2);
        const named = server.requests
          .filter(({ method, query }) => method === 'POST' && query.startsWith('uploadId='))
          .map(({ headerNames }) => headerNames.includes('x-amz-mp-object-size'));
        expect(named).toEqual([true, false, false]);
      });
    });

    it('is sent once elsewhere', async () => {
      await withServer({}, way, async ({ client, server }) => {
        await put(client(), 1);
        const completes = server.requests.filter(
          ({ method, query }) => method === 'POST' && query.startsWith('uploadId='),
        );
        expect(completes.map(({ headerNames }) => headerNames.includes('x-amz-mp-object-size'))).toEqual([
          true,
        ]);
      });
    });
  });
});

describe('a put that fails', () => {
  const refused: Around = () =>
    Promise.reject(new TransferError('server', 'no', { status: 400, recovery: 'never' }));

  it('says that the object at the key is gone where the server deletes it with the upload', async () => {
    await withServer({ abortDeletes: true }, 'wire', async ({ client }) => {
      await place(client(), 9);
      const before = await client().store.stat(TARGET, { signal: NEVER });
      const condition = { type: 'match', etag: before.etag ?? '' } as const;
      expect(await failureOf(put(client(refused), 1, { object: { condition } }))).toMatchObject({
        upload: { state: 'aborted', lostObject: true },
      });
    });
  });

  it('says nothing of that where the object is still there', async () => {
    await withServer({}, 'wire', async ({ client }) => {
      await place(client(), 9);
      const before = await client().store.stat(TARGET, { signal: NEVER });
      const condition = { type: 'match', etag: before.etag ?? '' } as const;
      const failure = await failureOf(put(client(refused), 1, { object: { condition } }));
      expect(failure).toMatchObject({ upload: { state: 'aborted' } });
      expect(failure).not.toHaveProperty('upload.lostObject');
    });
  });
});

describe('a put that meets another writer', () => {
  const conflict = new TransferError('precondition', 'conflict', {
    status: 409,
    code: 'ConditionalRequestConflict',
  });
  const condition = { type: 'absent' } as const;

  it('begins a new upload after a Complete that is refused for that', async () => {
    await withServer({}, 'wire', async ({ client }) => {
      const ids: string[] = [];
      const engine = client();
      const { store } = engine;
      const meeting: Store = {
        ...store,
        completeUpload: async (handle, ...rest) => {
          ids.push(handle.uploadId);
          if (ids.length === 1) throw conflict;
          return await store.completeUpload(handle, ...rest);
        },
      };
      await put({ ...engine, store: meeting }, 1, { object: { condition } });
      expect(new Set(ids).size).toBe(2);
      expect(await bytesAt(engine)).toEqual(Buffer.from(patternBytes(SIZE, 1)));
    });
  });

  it('gives up after three uploads, and at once when the condition no longer holds', async () => {
    await withServer({}, 'wire', async ({ client }) => {
      let completes = 0;
      const always = client(() => {
        completes++;
        return Promise.reject(conflict);
      });
      expect(await failureOf(put(always, 1, { object: { condition } }))).toMatchObject({
        kind: 'precondition',
      });
      expect(completes).toBe(3);
      const overtaken = client(async () => {
        completes++;
        await place(client(), 9);
        throw conflict;
      });
      expect(await failureOf(put(overtaken, 1, { object: { condition } }))).toMatchObject({
        kind: 'precondition',
      });
      expect(completes).toBe(4);
    });
  });
});
