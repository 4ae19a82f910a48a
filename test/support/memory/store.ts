import { TransferError } from '../../../src/transfer/errors.ts';
import type {
  Algorithm,
  Clock,
  ObjectLocation,
  PartBody,
  Store,
  Throttle,
  UploadHandle,
} from '../../../src/transfer/ports.ts';
import { readByRange } from '../../../src/transfer/read-whole.ts';
import { damaged, joined } from './bytes.ts';
import { type Calls, countCalls, type Request } from './calls.ts';
import { virtualClock } from './clock.ts';
import { type Fault, type FaultKind, scriptFaults } from './faults.ts';
import { memoryListings } from './listings.ts';
import { readMemory } from './read.ts';
import { type Network, request } from './requests.ts';
import {
  answerOf,
  assemble,
  echoOf,
  etagOf,
  gone,
  type Habits,
  type Holdings,
  type MemoryObject,
  type MemoryUpload,
  opaqueness,
  receiptOf,
  sumOf,
} from './state.ts';

export type MemoryStoreOptions = Partial<Habits> & {
  /** @default 'box' */
  readonly bucket?: string | undefined;
  readonly faults?: readonly Fault[] | undefined;
  /** @default a virtual clock of its own */
  readonly clock?: Clock | undefined;
  /** Milliseconds of virtual time one way takes. @default 1 */
  readonly latencyMs?: (() => number) | undefined;
  /** @default ['crc32'] */
  readonly wantedSums?: readonly Algorithm[] | undefined;
  /** Entries on one page of a listing. @default 1000 */
  readonly pageSize?: number | undefined;
  /** Bytes of one chunk of a read. @default 64 KiB */
  readonly chunkSize?: number | undefined;
  /** The same server as this one, asked by another client. */
  readonly shares?: Holdings | undefined;
  /** What other clients do at the server just before a request is carried out. */
  readonly meanwhile?: ((request: Request, holdings: Holdings) => void) | undefined;
};

export type MemoryStore = Store &
  Holdings & {
    readonly bucket: string;
    readonly calls: Calls;
    /** What the last look at an object saw, at the moment it was carried out. */
    lastSeen(): MemoryObject | undefined;
    /** Puts an object there without a request. */
    place(key: string, bytes: Uint8Array): void;
  };

const describe: Store['describe'] = (object) => `s3://${object.bucket}/${object.key}`;

/** An object store in memory that fails as its script says, and counts what is asked of it. */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const { bucket = 'box', wantedSums = ['crc32'], clock = virtualClock(), chunkSize = 65_536 } = options;
  const habits: Habits = {
    echoes: options.echoes ?? true,
    sums: options.sums ?? 'full-object',
    etags: options.etags ?? 'md5',
    objectEtags: options.objectEtags ?? 'of-parts',
    answers: options.answers ?? 'object',
    dates: options.dates ?? 'complete',
    lies: options.lies ?? 'never',
    abortDeletes: options.abortDeletes ?? false,
    repeatsComplete: options.repeatsComplete ?? false,
  };
  const { shares } = options;
  const holdings: Holdings = {
    objects: shares?.objects ?? new Map(),
    uploads: shares?.uploads ?? new Map(),
    begun: shares?.begun ?? { count: 0 },
  };
  let lastSeen: MemoryObject | undefined;
  const finished = new Map<string, MemoryObject>();
  const network: Network = {
    calls: countCalls(),
    faults: scriptFaults(options.faults ?? []),
    clock,
    latencyMs: options.latencyMs ?? (() => 1),
    meanwhile: (about) => options.meanwhile?.(about, holdings),
  };
  const now = (): Date => new Date(clock.now());

  const objectAt = (object: ObjectLocation): MemoryObject => {
    const found = object.bucket === bucket ? holdings.objects.get(object.key) : undefined;
    if (!found) throw gone(describe(object), object.bucket === bucket ? 'NoSuchKey' : 'NoSuchBucket');
    return found;
  };
  const uploadOf = ({ uploadId, key }: UploadHandle): MemoryUpload => {
    const found = holdings.uploads.get(uploadId);
    if (found?.key !== key) throw gone(uploadId, 'NoSuchUpload');
    return found;
  };
  const keep = (key: string, bytes: Uint8Array): MemoryObject => {
    const sums = echoOf(bytes, habits);
    const object: MemoryObject = {
      key,
      bytes,
      etag: etagOf(bytes, habits),
      stored: habits.echoes ? { type: 'full-object', sums } : undefined,
      lastModified: now(),
      partSizes: undefined,
    };
    holdings.objects.set(key, object);
    return object;
  };

  const store: MemoryStore = {
    ...holdings,
    bucket,
    calls: network.calls,
    lastSeen: () => lastSeen,
    place: (key, bytes) => void keep(key, bytes),
    endpoint: 'memory:',
    shape: '',
    describe,
    wantedSums,

    stat: (object, { signal }) =>
      request(network, { verb: 'stat', subject: undefined }, signal, () => {
        lastSeen = objectAt(object);
        const { key, bytes, etag, stored, lastModified } = lastSeen;
        return {
          key,
          size: bytes.byteLength,
          etag,
          stored,
          lastModified: inSeconds(lastModified),
          ...opaqueness(habits),
        };
      }),

    partSize: (object, number, { signal, etag }) =>
      request(network, { verb: 'partSize', subject: number }, signal, (fault) => {
        const found = objectAt(object);
        return fault === 'ignored' || (etag !== undefined && found.etag !== etag)
          ? undefined
          : found.partSizes?.[number - 1];
      }),

    read: (object, range, { signal, etag }) =>
      readMemory(network, () => objectAt(object), range, { signal, etag, chunkSize }),

    readWhole: (object, how) => readByRange(store, object, how),

    async put(object, body, { signal, onBytes, throttle }) {
      await passAll(body, throttle, signal);
      return await request(network, { verb: 'put', subject: 1 }, signal, async (fault) => {
        if (object.bucket !== bucket) throw gone(describe(object), 'NoSuchBucket');
        const bytes = await receive(body, wantedSums, onBytes, fault);
        const { etag, stored } =
          fault === 'ignored' ? { etag: etagOf(bytes, habits), stored: undefined } : keep(object.key, bytes);
        return { size: bytes.byteLength, etag, sums: stored?.sums ?? {}, ...opaqueness(habits) };
      });
    },

    beginUpload: (object, { signal }) =>
      request(network, { verb: 'beginUpload', subject: undefined }, signal, () => {
        if (object.bucket !== bucket) throw gone(describe(object), 'NoSuchBucket');
        const handle = { bucket, key: object.key, uploadId: `upload-${++holdings.begun.count}` };
        holdings.uploads.set(handle.uploadId, { ...handle, initiated: now(), parts: new Map() });
        return { ...handle, begunAt: inSeconds(now()) };
      }),

    async uploadPart(upload, { number }, body, { signal, onBytes, throttle }) {
      await passAll(body, throttle, signal);
      return await request(network, { verb: 'uploadPart', subject: number }, signal, async (fault) => {
        const { parts } = uploadOf(upload);
        const bytes = await receive(body, wantedSums, onBytes, fault);
        const part = {
          number,
          bytes,
          etag: etagOf(bytes, habits),
          sums: echoOf(bytes, habits),
          lastModified: now(),
        };
        if (fault !== 'ignored') parts.set(number, part);
        return receiptOf(part, habits);
      });
    },

    completeUpload: (upload, receipts, { signal }) =>
      request(network, { verb: 'completeUpload', subject: undefined }, signal, (fault) => {
        const earlier = habits.repeatsComplete ? finished.get(upload.uploadId) : undefined;
        const inTheWay = holdings.objects.get(upload.key);
        if (!earlier && inTheWay && habits.lies !== 'never' && !holdings.uploads.has(upload.uploadId)) {
          const answers = habits.lies === 'by-request' ? 'request' : 'object';
          return answerOf(receipts, inTheWay.etag, { answers });
        }
        const object = earlier ?? assemble(uploadOf(upload), receipts, habits, now());
        if (fault !== 'ignored' && !earlier) {
          finished.set(upload.uploadId, object);
          holdings.objects.set(upload.key, fault === 'corrupt-stored' ? withDamage(object, habits) : object);
          holdings.uploads.delete(upload.uploadId);
        }
        return answerOf(receipts, object.etag, habits);
      }),

    abortUpload: (upload, { signal }) =>
      request(network, { verb: 'abortUpload', subject: undefined }, signal, (fault) => {
        const found = holdings.uploads.get(upload.uploadId);
        if (!found) return 'gone' as const;
        if (habits.abortDeletes) holdings.objects.delete(upload.key);
        // What makes a server keep an upload it has aborted is parts that were on their way.
        if (fault !== 'ignored' || found.parts.size === 0) holdings.uploads.delete(upload.uploadId);
        return 'aborted' as const;
      }),

    ...memoryListings({ bucket, holdings, network, habits, pageSize: options.pageSize ?? 1000 }),
  };
  return store;
}

/** As headers tell it. */
function inSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/** An object whose content went bad in the store, sums and all. */
function withDamage(object: MemoryObject, { objectEtags }: Habits): MemoryObject {
  const bytes = damaged(object.bytes);
  return {
    ...object,
    bytes,
    etag: `${sumOf(bytes, ['md5']).md5}${objectEtags === 'whole-md5' ? '' : '-1'}`,
    stored: object.stored && { type: object.stored.type, sums: sumOf(bytes, ['crc32']) },
  };
}

/** Hands a body over no faster than it may pass. */
async function passAll(body: PartBody, throttle: Throttle | undefined, signal: AbortSignal): Promise<void> {
  if (!throttle) return;
  for (let left = body.size; left > 0; left -= throttle.pieceBytes)
    await throttle.pass(Math.min(left, throttle.pieceBytes), { signal });
}

/** Takes a body in, as a server does: it refuses bytes that are not what the checksum with them says. */
async function receive(
  body: PartBody,
  wantedSums: readonly Algorithm[],
  onBytes: ((total: number) => void) | undefined,
  fault: FaultKind | undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of body.open()) {
    pieces.push(Uint8Array.from(piece));
    total += piece.byteLength;
    onBytes?.(total);
  }
  const bytes = joined(pieces);
  const sums = sumOf(bytes, wantedSums);
  if (wantedSums.some((algorithm) => sums[algorithm] !== body.sums[algorithm])) {
    throw new TransferError('corrupt', 'BadDigest', { status: 400, code: 'BadDigest' });
  }
  return fault === 'corrupt-stored' ? damaged(bytes) : bytes;
}
