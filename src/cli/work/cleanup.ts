import { cleanupLocal } from '../cleanup-local.ts';
import { type CleanupFlags, cleanupMode } from '../cleanup-mode.ts';
import { cleanupUploads } from '../cleanup-uploads.ts';
import type { Context } from '../context.ts';
import { type CommandEnd } from '../shape.ts';

/** Runs `cleanup`. */
export async function cleanup(
  words: readonly string[],
  flags: CleanupFlags,
  context: Context,
): Promise<CommandEnd> {
  const mode = cleanupMode(words, flags);
  switch (mode.type) {
    case 'uploads':
      return await cleanupUploads(mode.location, flags, context);
    case 'local':
      return await cleanupLocal(mode.directories, flags, context);
    case 'install-rule':
    case 'check-rule': {
      // Drags in what belongs to the SDK, which help and usage errors need not load.
      const { checkRule, installRule } = await import('../lifecycle-rule.ts');
      return mode.type === 'install-rule'
        ? await installRule(mode.location, flags, context)
        : await checkRule(mode.location, context);
    }
  }
}
