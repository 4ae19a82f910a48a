import { readFile } from 'node:fs/promises';

/** Names a process across the reuse of its number: the number and when it began, where the system tells. */
export type ProcessIdentity = { readonly pid: number; readonly startedAt: string | null };

/** When a process began, in clock ticks since boot; `null` where only Linux would tell. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may hold spaces; field 22 of the line is the 20th behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[19] ?? null;
}

/** The identity of this very process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startedAt: await startOf(process.pid) };
}

/** Whether that process still runs: the number is taken, and by one that began at the same time. */
export async function isRunning({ pid, startedAt }: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Not allowed to signal it means that it is there.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = await startOf(pid);
  return now === null || startedAt === null || now === startedAt;
}

/** Whether a user id is that of this process; `true` where there are none (Windows). It needs no entry in passwd. */
export function isOwnUser(uid: bigint | number): boolean {
  return process.geteuid === undefined || process.geteuid() === Number(uid);
}

/** The permission bits of a file that this process makes and nobody wishes otherwise. */
export function usualFileMode(): number {
  return 0o666 & ~process.umask();
}
