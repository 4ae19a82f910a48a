import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import { lengthOf, type Part } from './plan.ts';
import type { Source } from './ends.ts';
import type { PartBody } from './ports.ts';
import { readSummed } from './read-summed.ts';

/** Reads and sums a part into a pooled buffer; every attempt then sends those very bytes. */
export async function withPart(
  engine: Engine,
  source: Source,
  part: Part,
  signal: AbortSignal,
  send: (body: PartBody) => Promise<void>,
): Promise<void> {
  const bytes = engine.run.buffers.take(lengthOf(part));
  const sums = await readSummed(engine, source, part.start, bytes, engine.proofs.algorithms(), signal);
  await send({ size: bytes.byteLength, sums, open: () => [bytes] });
  // Only after success: after a failure a socket may still be reading from it.
  engine.run.buffers.give(bytes);
}

/** The source is not the one any more that was opened: what was read of it may be a mixture. */
export function changedWhileRead(source: Source): TransferError {
  return new TransferError('changed', `${source.name} changed while it was read; nothing was stored`, {
    hint: 'Run the command again when nobody writes to the file.',
  });
}
