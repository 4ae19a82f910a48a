import { fileJournal, whyNotUsed } from '../local/file-journal.ts';
import type { ResumePolicy } from '../transfer/start.ts';
import type { Journal } from '../transfer/journal.ts';
import type { Context } from './context.ts';
import type { ResumeFlags } from './flags.ts';

/** `--no-resume` is another way to say `--resume never`. */
export function policyOf({ resume }: ResumeFlags): ResumePolicy {
  return resume === false ? 'never' : (resume ?? 'auto');
}

/** Nothing is remembered where nobody can write; that is said once and costs no more. */
export async function openJournal(flags: ResumeFlags, context: Context): Promise<Journal | undefined> {
  if (policyOf(flags) === 'never') return undefined;
  const directory = context.stateDirectory(flags);
  const why = await whyNotUsed(directory);
  if (why === undefined)
    return fileJournal(directory, { onWarning: (sentence) => context.console.warn(sentence) });
  context.console.warn(
    `nothing is remembered of this transfer: ${why}; it can still be taken up by what the server lists`,
  );
  return undefined;
}
