import { setMaxListeners } from 'node:events';
import { createRequire } from 'node:module';

/**
 * Runs one command line and resolves with its exit code, once everything is written and let go. The only place
 * that knows exit codes and the process.
 */
export async function run(argv: readonly string[], process: NodeJS.Process): Promise<number> {
  const version = versionOf(argv, process);
  // A reader that goes away must not become a stack trace, not even while help is printed.
  process.stdout.on('error', () => undefined);
  if (isOnlyVersion(argv)) {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  process.stderr.on('error', () => undefined);
  // As many lanes as the user likes listen to one signal; Node takes more than ten listeners for a leak.
  setMaxListeners(0);
  const { runCommandLine } = await import('./command-line.ts');
  return await runCommandLine(argv, process, version);
}

/** For this the parser need not be loaded: it takes as long as all of Node. */
function isOnlyVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
}

/** The version line; with -v also what it runs on, for bug reports. */
function versionOf(argv: readonly string[], process: NodeJS.Process): string {
  const require = createRequire(import.meta.url);
  const { version }: { version: string } = require('../../package.json');
  if (!argv.includes('-v') && !argv.includes('--verbose')) return version;
  const sdk: { version: string } = require('@aws-sdk/client-s3/package.json');
  return `${version} (Node ${process.version}, AWS SDK ${sdk.version}, ${process.platform} ${process.arch})`;
}
