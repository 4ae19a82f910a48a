import type { Ended } from '../support/processes/program.ts';
import type { Workspace } from '../support/processes/workspace.ts';
import type { Random } from './random.ts';

export const MiB = 1024 * 1024;

/** How a file is reported that is left beside the target. */
export const PARTIAL = 'left in the folder: ';

/** One transfer: the command that is run until it succeeds, and how its outcome is judged. */
export type Transfer = {
  readonly direction: 'put' | 'get';
  /** For people: `get a file of 12345 bytes`. */
  readonly what: string;
  readonly args: readonly string[];
  readonly input?: Buffer;
  readonly bytes: number;
  /** A kill leaves partial files that nothing remembers: of single parts, and where that was asked for. */
  readonly forgetsPartials?: boolean;
  /** What is wrong although the program ended with 0; no words when nothing is. */
  judgeDone(ended: Ended): Promise<string[]>;
  /** What is wrong after it failed or was killed: old or new, never half. */
  judgeFailed(): Promise<string[]>;
};

/** Prepares a transfer in an empty workspace. */
export type Prepare = (place: Workspace, random: Random, name: string) => Promise<Transfer>;

/** Part size and file size of a transfer: around the edges of parts, where mistakes are. */
export type Sizes = { readonly partBytes: number; readonly size: number };

/** Draws sizes up to 100 MiB, mostly small ones. */
export function drawSizes(random: Random): Sizes {
  const partBytes = random.pick([5, 5, 6, 8, 16]) * MiB;
  const parts = random.pick([0, 1, 1, 2, 2, 3, 4, 6, 10]);
  const beside = random.pick([-1, 0, 1, random.whole(2, partBytes - 1)]);
  return { partBytes, size: Math.min(100 * MiB, Math.max(0, parts * partBytes + beside)) };
}

/** The flags that put and get share. Limits are short, so that stalls and outages fit a soak. */
export function drawFlags(random: Random, { partBytes }: Pick<Sizes, 'partBytes'>): string[] {
  const flags = ['--json', '-s', String(partBytes), '-c', String(random.whole(1, 8))];
  flags.push('--read-timeout', random.pick(['2s', '5s']), '--give-up-after', random.pick(['10s', '60s']));
  if (random.chance(0.2)) flags.push('--max-memory', '64MiB');
  return flags;
}

/** How transfers that were interrupted are treated; most take them up. */
export function drawResume(random: Random): string[] {
  if (random.chance(0.15)) return ['--no-resume'];
  return random.chance(0.1) ? ['--resume', 'own'] : [];
}
