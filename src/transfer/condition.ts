import type { Engine } from './engine.ts';
import { TransferError } from './errors.ts';
import { findObject } from './find-object.ts';
import type { Transfer } from './move-parts.ts';
import type { ObjectOptions } from './object-options.ts';
import type { ObjectLocation } from './ports.ts';

/**
 * Looks whether a condition holds before anything is sent. The request that makes the object asks again, at the
 * server, but not every server listens; and nobody wants to send for an hour only to be refused.
 * @throws TransferError `precondition`
 */
export async function checkCondition(
  engine: Engine,
  transfer: Pick<Transfer, 'seen' | 'signal'>,
  target: ObjectLocation,
  condition: ObjectOptions['condition'],
): Promise<void> {
  if (!condition) return;
  const name = engine.store.describe(target);
  const found = await findObject(engine, target, transfer.signal);
  if (found === 'unknown') return;
  transfer.seen.atKey ||= found !== undefined;
  if (condition.type === 'absent') {
    if (found) throw new TransferError('precondition', `${name} exists, and is left as it is`);
    return;
  }
  if (!found)
    throw new TransferError('precondition', `${name} is not there, so its ETag is not ${condition.etag}`);
  if (found.etag !== condition.etag)
    throw new TransferError('precondition', `the ETag of ${name} is ${found.etag}, not ${condition.etag}`);
}
