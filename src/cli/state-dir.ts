import { homedir } from 'node:os';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where this machine remembers transfers: a flag, or where the system keeps such things. */
export function stateDirectory(
  flag: string | undefined,
  env: Environment,
  platform: NodeJS.Platform,
): string {
  if (flag) return flag;
  if (platform === 'win32' && env['LOCALAPPDATA']) return join(env['LOCALAPPDATA'], 'partwise');
  if (env['XDG_STATE_HOME']) return join(env['XDG_STATE_HOME'], 'partwise');
  return join(homedir(), '.local', 'state', 'partwise');
}
