import type { Source } from './ends.ts';
import { TransferError } from './errors.ts';

/** The source is not the one any more that was opened: what was read of it may be a mixture. */
export function changedWhileRead(source: Source): TransferError {
  return new TransferError('changed', `${source.name} changed while it was read; nothing was stored`, {
    hint: 'Run the command again when nobody writes to the file.',
  });
}
