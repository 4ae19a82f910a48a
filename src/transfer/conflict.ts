import { checkCondition } from './condition.ts';
import type { Engine } from './engine.ts';
import type { Transfer } from './move-parts.ts';
import type { ObjectOptions } from './object-options.ts';
import type { Plan } from './plan.ts';
import type { ObjectLocation } from './ports.ts';
import { backoffMs } from './retry.ts';
import type { Start } from './start.ts';
import { UploadStoppedError } from './tidy-up.ts';

/** The code of a refusal because another writer was at work on the object at the same moment. */
const CONFLICT = 'ConditionalRequestConflict';

const TRIES = 3;

/**
 * Runs an upload with a condition, and again from the beginning where Complete met another writer: such an upload
 * cannot be completed any more (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). The condition
 * is looked at first, so that nothing is sent in vain.
 */
export async function repeatConflicts<T>(
  engine: Engine,
  transfer: Transfer,
  target: ObjectLocation,
  object: ObjectOptions | undefined,
  start: Start,
  plan: Plan,
  run: (start: Start) => Promise<T>,
): Promise<T> {
  const { clock, random } = engine.run;
  let from = start;
  for (let tries = 1; ; tries++) {
    try {
      return await run(from);
    } catch (error) {
      // What is still there must be named, and an error can name only one upload.
      if (!isConflict(error) || error.upload.state !== 'aborted' || tries === TRIES) throw error;
      await clock.sleep(backoffMs(tries, random), { signal: transfer.signal });
      await checkCondition(engine, transfer, target, object?.condition);
      const because = 'another writer was at work on the object when the upload was to be completed';
      from = { type: 'fresh', plan, because };
    }
  }
}

function isConflict(error: unknown): error is UploadStoppedError {
  return error instanceof UploadStoppedError && error.code === CONFLICT;
}
