import type { Engine } from './engine.ts';
import type { Transfer } from './move-parts.ts';
import { inMib, type Plan, planOfParts } from './plan.ts';
import type { Source } from './ends.ts';
import type { Receipt } from './ports.ts';
import { inferPartSizes, matchParts } from './resume.ts';
import { verifyParts } from './reuse-parts.ts';
import type { SentPart } from './send-parts.ts';
import type { StartOptions } from './start.ts';

/** How the parts of an upload that this machine does not remember fit a source. */
export type Adopted = {
  readonly plan: Plan;
  /** The ones that hold the source's bytes. */
  readonly done: readonly SentPart[];
  /** Whether all of them do. */
  readonly isComplete: boolean;
};

/** Compares the parts with the source's bytes under every part size they may have been cut with; or says why not. */
export async function adoptParts(
  engine: Engine,
  transfer: Transfer,
  source: Source,
  listed: readonly Receipt[],
  { partSize: wanted, limits }: Pick<StartOptions, 'partSize' | 'limits'>,
): Promise<Adopted | string> {
  if (listed.length === 0) return 'it holds no parts';
  const partSizes = inferPartSizes(source.size, listed);
  const [first] = partSizes;
  if (first === undefined) return `its parts are no parts of ${source.name}`;
  if (wanted !== undefined && !partSizes.includes(wanted))
    return `its parts have ${inMib(first)}, not ${inMib(wanted)}`;
  let best: Adopted | undefined;
  for (const partSize of wanted === undefined ? partSizes : [wanted]) {
    const plan = planOfParts(source.size, partSize, limits);
    if (!plan) continue;
    const { candidates } = matchParts(plan, listed);
    const done = await verifyParts(engine, transfer, source, candidates, []);
    const isComplete = done.length === listed.length;
    if (!best || done.length > best.done.length) best = { plan, done, isComplete };
    if (isComplete) break;
  }
  return best ?? `no upload has parts of ${inMib(first)}`;
}
