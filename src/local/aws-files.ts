import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * Whether one of the files is there that hold profiles
 * (docs.aws.amazon.com/sdkref/latest/guide/file-location.html): where none is, nothing that reads them need be loaded.
 */
export async function hasAwsFiles(env: Readonly<Record<string, string | undefined>>): Promise<boolean> {
  const home = env['HOME'] || env['USERPROFILE'] || homedir();
  const paths = [
    env['AWS_SHARED_CREDENTIALS_FILE'] || join(home, '.aws', 'credentials'),
    env['AWS_CONFIG_FILE'] || join(home, '.aws', 'config'),
  ];
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        // One that may not be looked at is there: whoever reads it says what is wrong.
        (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
      ),
    ),
  );
  return found.includes(true);
}
