import type { Engine } from './engine.ts';
import { moveOnly, type Transfer } from './move-parts.ts';
import type { Part } from './plan.ts';
import type { ObjectOptions } from './object-options.ts';
import type { Source } from './ends.ts';
import type { ObjectLocation } from './ports.ts';
import { putWhole } from './put-whole.ts';
import type { Settled } from './settle.ts';
import { changedWhileRead } from './changed-source.ts';
import { roomIn, withBody } from './part-body.ts';

/** Stores a source by one request. */
export async function uploadWhole(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  part: Part,
  as: ObjectOptions | undefined,
): Promise<Settled> {
  let stored: Settled | undefined;
  const { signal } = transfer;
  await moveOnly(transfer, roomIn(engine.run)(part), (permit) =>
    withBody(engine, source, part, engine.proofs.algorithms(), signal, permit, async (body) => {
      if (!(await source.isSame())) throw changedWhileRead(source);
      stored = await putWhole(engine, transfer, target, part, body, as, signal);
    }),
  );
  if (!stored) throw new Error('a transfer without a part');
  return stored;
}
