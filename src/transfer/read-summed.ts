import type { Engine } from './engine.ts';
import type { Source } from './ends.ts';
import type { Algorithm, Sums } from './ports.ts';

/** Fills `into` from a source, and sums what it read. */
export async function readSummed(
  { hasher }: Pick<Engine, 'hasher'>,
  source: Source,
  start: number,
  into: Uint8Array,
  algorithms: readonly Algorithm[],
  signal: AbortSignal,
): Promise<Sums> {
  if (source.readSummed) return await source.readSummed(start, into, algorithms, { signal });
  await source.read(start, into, { signal });
  const digest = hasher(algorithms);
  digest.update(into);
  return digest.digest();
}
