import type { Engine } from './engine.ts';
import type { Source } from './ends.ts';
import { MIB } from './plan.ts';
import type { Algorithm, Cancellable, ObjectInfo, ObjectLocation } from './ports.ts';
import { withRetries } from './retry.ts';
import type { SentPart } from './send-parts.ts';

const READ_BYTES = MIB;
const ATTEMPTS = 3;

/** Whether an object's ETag is the MD5 of all bytes of a source, which is read once more. */
export async function isMd5Of(
  { hasher }: Pick<Engine, 'hasher'>,
  source: Source,
  { etag }: ObjectInfo,
  { signal }: Cancellable,
): Promise<boolean> {
  const digest = hasher(['md5']);
  const buffer = new Uint8Array(Math.min(READ_BYTES, source.size));
  for (let start = 0; start < source.size; start += READ_BYTES) {
    const piece = buffer.subarray(0, Math.min(READ_BYTES, source.size - start));
    await source.read(start, piece, { signal });
    digest.update(piece);
  }
  return digest.digest().md5 === etag?.toLowerCase();
}

/**
 * The same for a stream, whose bytes are gone: the object is fetched, and every part of it compared with what was
 * sent. Slow, but without it nothing would tell, and only servers whose ETags are whole MD5s need it.
 */
export async function holdsParts(
  engine: Engine,
  object: ObjectLocation,
  info: ObjectInfo,
  inOrder: readonly SentPart[],
  { signal }: Cancellable,
): Promise<boolean> {
  return await withRetries(engine.run, { signal, attempts: ATTEMPTS }, async () => {
    let start = 0;
    for (const part of inOrder.filter(({ size }) => size > 0)) {
      const end = start + part.size;
      if (!(await holdsPart(engine, object, info, { start, end }, part, signal))) return false;
      start = end;
    }
    return true;
  });
}

async function holdsPart(
  { store, hasher }: Engine,
  object: ObjectLocation,
  { etag, size }: ObjectInfo,
  range: { readonly start: number; readonly end: number },
  { sums }: SentPart,
  signal: AbortSignal,
): Promise<boolean> {
  const mine = new Map(Object.entries(sums));
  if (mine.size === 0) return false;
  const digest = hasher(ALGORITHMS.filter((algorithm) => mine.has(algorithm)));
  for await (const bytes of store.read(object, range, { signal, etag, size })) digest.update(bytes);
  return Object.entries(digest.digest()).every(([algorithm, sum]) => sum === mine.get(algorithm));
}

const ALGORITHMS: readonly Algorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha256', 'sha1', 'md5'];
