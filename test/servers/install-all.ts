import { installServer } from './install.ts';

const skipped: string[] = [];

/** Before the tests: installs every server once, so that no two test files do it at the same time. */
export async function setup(): Promise<void> {
  for (const name of ['versitygw', 'rclone'] as const) {
    const installed = await installServer(name);
    if ('skipped' in installed) skipped.push(`skipped: ${name}: ${installed.skipped}`);
  }
}

/** After the tests: says what was left out. */
export async function teardown(): Promise<void> {
  for (const line of new Set(skipped)) process.stdout.write(`${line}\n`);
}
