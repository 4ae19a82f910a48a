import type { Engine } from './engine.ts';
import { movePart, moveParts, type Transfer } from './move-parts.ts';
import { lengthOf, type Part } from './plan.ts';
import type { ObjectLocation, ObjectOptions, Source } from './ports.ts';
import { proveWhole } from './put-whole.ts';
import type { Settled } from './settle.ts';
import { changedWhileRead, withPart } from './with-part.ts';

/** Stores a source by one request. */
export async function uploadWhole(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  target: ObjectLocation,
  part: Part,
  options: ObjectOptions,
): Promise<Settled> {
  let stored: Settled | undefined;
  await moveParts(transfer, [part], lengthOf, (_, signal) =>
    withPart(engine, source, part, signal, async (body) => {
      if (!(await source.isSame())) throw changedWhileRead(source);
      await movePart(transfer, part, signal, async ({ onBytes }) => {
        const receipt = await engine.store.put(target, body, { ...options, signal, onBytes });
        stored = await proveWhole(engine, target, body, receipt, signal);
      });
    }),
  );
  if (!stored) throw new Error('a transfer without a part');
  return stored;
}
