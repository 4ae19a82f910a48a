import type { Engine } from './engine.ts';
import type { Transfer } from './move-parts.ts';
import { withPermit } from './pace.ts';
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
  const { run, signal } = transfer;
  return await withPermit(run.pace, roomIn(run)(part), signal, (permit) =>
    withBody(engine, source, part, engine.proofs.algorithms(), signal, permit, async (body) => {
      if (!(await source.isSame())) throw changedWhileRead(source);
      return await putWhole(engine, transfer, target, part, body, as, signal);
    }),
  );
}
