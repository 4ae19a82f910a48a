import type { Source } from './ends.ts';
import type { Engine } from './engine.ts';
import type { Permit, Room } from './gate.ts';
import { lengthOf, MIB, type Part } from './plan.ts';
import type { Algorithm, PartBody, Sums } from './ports.ts';
import { readSummed } from './read-summed.ts';
import type { Run } from './run.ts';

/** What a part is read by that is not held; two lie in memory, one being read and one being sent. */
const PIECE_BYTES = MIB / 4;
/** No buffer is larger, whatever memory is allowed: Node's own limit is near. */
const LARGEST_BUFFER = 1024 * MIB;

function mayBeHeld({ maxMemory }: Run, size: number): boolean {
  return size <= Math.min(maxMemory, LARGEST_BUFFER);
}

/** What a part of a file keeps in memory while it moves: all of it where that is allowed, or two pieces. */
export function roomIn(run: Run): (part: Part) => Room {
  return (part) => {
    const size = lengthOf(part);
    const least = Math.min(size, 2 * PIECE_BYTES);
    return { bytes: mayBeHeld(run, size) ? size : least, least };
  };
}

/**
 * Makes the body of a part, and lets go of it when `use` is done. A part that fits the memory it was given lies in a
 * pooled buffer; a larger one is read twice, to be summed and to be sent: 0.13 to 0.25 s of CPU a GiB more (measured).
 */
export async function withBody<T>(
  engine: Engine,
  source: Source,
  part: Part,
  algorithms: readonly Algorithm[],
  signal: AbortSignal,
  { bytes: allowed }: Pick<Permit, 'bytes'>,
  use: (body: PartBody) => Promise<T>,
): Promise<T> {
  const size = lengthOf(part);
  if (size > allowed || !mayBeHeld(engine.run, size)) {
    const open = (): AsyncIterable<Uint8Array> => pieces(source, part, signal);
    return await use({ size, sums: await sumOf(engine, open(), algorithms), open });
  }
  const bytes = engine.run.buffers.take(size);
  const sums = await readSummed(engine, source, part.start, bytes, algorithms, signal);
  const result = await use({ size, sums, open: () => [bytes] });
  // Only after success: after a failure a socket may still be reading from it.
  engine.run.buffers.give(bytes);
  return result;
}

async function* pieces(source: Source, part: Part, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(PIECE_BYTES);
  for (let start = part.start; start < part.end; start += PIECE_BYTES) {
    const piece = buffer.subarray(0, Math.min(PIECE_BYTES, part.end - start));
    await source.read(start, piece, { signal });
    yield piece;
  }
}

async function sumOf(
  { hasher }: Pick<Engine, 'hasher'>,
  bytes: AsyncIterable<Uint8Array>,
  algorithms: readonly Algorithm[],
): Promise<Sums> {
  const digest = hasher(algorithms);
  for await (const piece of bytes) digest.update(piece);
  return digest.digest();
}
