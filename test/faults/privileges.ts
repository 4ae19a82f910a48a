import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

// Rows that need more than an ordinary user may do run where they can; elsewhere they are left out, with the reason.
type Skipping = Pick<TestContext, 'skip'>;

const isRoot = process.getuid?.() === 0;

/** Mounts something for one test; the last word is where. */
export function mount({ skip }: Skipping, ...words: readonly string[]): void {
  if (process.platform !== 'linux' || !isRoot) skip('only root on Linux can mount');
  const { status, stderr } = spawnSync('mount', words, { encoding: 'utf8' });
  if (status !== 0) skip(`mounting is refused here: ${stderr.trim()}`);
  onTestFinished(() => void spawnSync('umount', ['-l', words.at(-1) ?? '']));
}

/**
 * A device node of the test's own: a program that renames a file over its target would replace the real one. Who is
 * not root cannot do that, and gets the real one.
 */
export function makeDevice({ skip }: Skipping, name: 'null' | 'full', folder: string): string {
  if (process.platform !== 'linux') skip('needs the devices of Linux');
  if (!isRoot) return join('/dev', name);
  const path = join(folder, name);
  const minor = name === 'null' ? '3' : '7';
  const { status, stderr } = spawnSync('mknod', ['-m', '666', path, 'c', '1', minor], { encoding: 'utf8' });
  if (status !== 0) skip(`making device nodes is refused here: ${stderr.trim()}`);
  return path;
}

/** What to write before a command in a shell so that permissions hold for it, for root too. */
export function underPermissions({ skip }: Skipping): string {
  if (!isRoot) return '';
  const words = ['--bounding-set=-dac_override,-dac_read_search'];
  if (spawnSync('setpriv', [...words, 'true']).status !== 0) skip('permissions do not hold for root here');
  return ['setpriv', ...words].join(' ');
}

/** Leaves a row out where a program it needs is missing or does not work. */
export function needsTool({ skip }: Skipping, command: string, ...words: readonly string[]): void {
  if (spawnSync(command, words, { stdio: 'ignore' }).status !== 0) skip(`${command} does not work here`);
}
