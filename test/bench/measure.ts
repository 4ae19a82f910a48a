import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ACCESS_KEY, type Command, SECRET_KEY } from './contestant.ts';

/** What one run of a program cost, with all its children, as the operating system counts it. */
export type Cost = {
  readonly code: number;
  readonly wallSeconds: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  readonly peakBytes: number;
};

const PATIENCE_MS = 600_000;

/** Runs a program, its output thrown away; answers the cost and the end of what it said on stderr. */
export async function measure(
  launcher: string,
  { program, args, env }: Command,
  { home, caFile }: { readonly home: string; readonly caFile: string | undefined },
): Promise<{ readonly cost: Cost; readonly said: string }> {
  const report = join(home, 'cost.json');
  const errors = join(home, 'stderr.txt');
  const stderr = await open(errors, 'w');
  const child = spawn(launcher, [report, program, ...args], {
    cwd: home,
    env: { ...commonEnv(home, caFile), ...env },
    stdio: ['ignore', 'ignore', stderr.fd],
    // A group of its own, so that all of it can be ended.
    detached: true,
  });
  const end = (): void => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  };
  const overdue = setTimeout(end, PATIENCE_MS);
  process.once('exit', end);
  const [code] = await once(child, 'exit');
  process.off('exit', end);
  clearTimeout(overdue);
  await stderr.close();
  const said = (await readFile(errors, 'utf8')).trim().slice(-2000);
  if (code !== 0) throw new Error(`${program} could not be measured: ${said || 'it took too long'}`);
  const cost: Cost = JSON.parse(await readFile(report, 'utf8'));
  return { cost, said };
}

/** Nothing of this machine's own settings reaches a program. */
function commonEnv(home: string, caFile: string | undefined): Record<string, string> {
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(':');
  return {
    PATH: path,
    HOME: home,
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(caFile === undefined ? {} : { AWS_CA_BUNDLE: caFile, SSL_CERT_FILE: caFile }),
  };
}
