import type {
  ObjectLocation,
  PartBody,
  Receipt,
  Repeat,
  Store,
  UploadHandle,
} from '../../src/transfer/ports.ts';
import { joined } from '../support/memory/bytes.ts';
import { sumOf } from '../support/memory/state.ts';
import type { Subject } from './store-contract.ts';

export const NEVER = new AbortController().signal;
export const ABORTED = AbortSignal.abort();
export const ONCE: Repeat = (request) => request();
export const PAGES = { signal: NEVER, repeat: ONCE };
/** The smallest part that real servers let another one follow. */
export const FIVE_MIB = 5 * 1024 ** 2;

/** The body of a request, with all sums that any store asks for. */
export function bodyOf(bytes: Uint8Array): PartBody {
  return { size: bytes.byteLength, sums: sumOf(bytes, ['crc32', 'md5', 'sha256']), open: () => [bytes] };
}

/** Stores an object in one request. */
export async function place(
  { store, bucket }: Subject,
  key: string,
  bytes: Uint8Array,
): Promise<ObjectLocation> {
  const object = { bucket, key };
  await store.put(object, bodyOf(bytes), { signal: NEVER });
  return object;
}

/** Reads a range to its end. */
export async function fetch(
  store: Store,
  object: ObjectLocation,
  start: number,
  end: number,
): Promise<Uint8Array> {
  const { etag } = await store.stat(object, { signal: NEVER });
  const chunks: Uint8Array[] = [];
  // Not slice(): that of a Buffer is the same memory, which the next chunk is read into.
  for await (const chunk of store.read(object, { start, end }, { signal: NEVER, etag }))
    chunks.push(Uint8Array.from(chunk));
  return joined(chunks);
}

/** Sends one part. */
export function send(
  store: Store,
  upload: UploadHandle,
  number: number,
  bytes: Uint8Array,
): Promise<Receipt> {
  const part = { number, start: 0, end: bytes.byteLength };
  return store.uploadPart(upload, part, bodyOf(bytes), { signal: NEVER });
}

/** All entries of a listing. */
export async function all<T>(listing: AsyncIterable<T>): Promise<T[]> {
  const entries: T[] = [];
  for await (const entry of listing) entries.push(entry);
  return entries;
}

/** All entries of a listing that comes in pages. */
export async function allOf<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  return (await all(pages)).flat();
}

/** A receipt as Complete and ListParts must agree on it. */
export function essence({ number, size, etag }: Receipt): Pick<Receipt, 'number' | 'size' | 'etag'> {
  return { number, size, etag };
}
