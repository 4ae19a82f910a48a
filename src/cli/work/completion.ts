import { TransferError } from '../../transfer/errors.ts';
import { completionScript, type Shell, SHELLS } from '../completion-scripts.ts';
import type { Context } from '../context.ts';
import type { CommandEnd } from '../shape.ts';

/** Runs `completion`. */
export async function completion(
  words: readonly string[],
  _flags: object,
  { console }: Context,
): Promise<CommandEnd> {
  const shell = SHELLS.find((known): known is Shell => known === words[0]);
  if (!shell || words.length > 1)
    throw new TransferError('usage', `completion is for one of ${SHELLS.join(', ')}, not ${words.join(' ')}`);
  await console.data(completionScript(shell), '');
  return { exitCode: 0, totals: {} };
}
