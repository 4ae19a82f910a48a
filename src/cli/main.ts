import { setMaxListeners } from 'node:events';

/**
 * Runs one command line and resolves with its exit code, once everything is written and let go. The only place
 * that knows exit codes and the process. `version` is that of the package.
 */
export async function run(
  argv: readonly string[],
  process: NodeJS.Process,
  version: string,
): Promise<number> {
  const line = await versionLine(argv, process, version);
  // A reader that goes away must not become a stack trace, not even while help is printed.
  process.stdout.on('error', () => undefined);
  if (isOnlyVersion(argv)) {
    process.stdout.write(`${line}\n`);
    return 0;
  }
  process.stderr.on('error', () => undefined);
  // As many lanes as the user likes listen to one signal; Node takes more than ten listeners for a leak.
  setMaxListeners(0);
  const { runCommandLine } = await import('./command-line.ts');
  return await runCommandLine(argv, process, line);
}

/** For this the parser need not be loaded: it takes as long as all of Node. */
function isOnlyVersion(argv: readonly string[]): boolean {
  return argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V');
}

/** With -v also what it runs on, for bug reports. */
async function versionLine(
  argv: readonly string[],
  process: NodeJS.Process,
  version: string,
): Promise<string> {
  if (!argv.includes('-v') && !argv.includes('--verbose')) return version;
  const { createRequire } = await import('node:module');
  const sdk: { version: string } = createRequire(import.meta.url)('@aws-sdk/client-s3/package.json');
  return `${version} (Node ${process.version}, AWS SDK ${sdk.version}, ${process.platform} ${process.arch})`;
}
