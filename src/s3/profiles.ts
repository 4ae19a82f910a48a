import { loadSharedConfigFiles } from '@smithy/core/config';

/** Variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

type Profile = Readonly<Record<string, string | undefined>>;

/** The profiles of `~/.aws/config` and `~/.aws/credentials`, by name; the credentials file wins. */
export type Profiles = ReadonlyMap<string, Profile>;

/** Reads both files, or the ones the environment names; a missing file has no profiles. */
export async function loadProfiles(env: Environment): Promise<Profiles> {
  const filepath = env['AWS_SHARED_CREDENTIALS_FILE'];
  const configFilepath = env['AWS_CONFIG_FILE'];
  const files = await loadSharedConfigFiles({
    ...(filepath && { filepath }),
    ...(configFilepath && { configFilepath }),
  });
  const names = new Set([...Object.keys(files.configFile), ...Object.keys(files.credentialsFile)]);
  return new Map(
    [...names].map((name) => [name, { ...own(files.configFile, name), ...own(files.credentialsFile, name) }]),
  );
}

/** The loader answers with plain objects, and a profile may be called `constructor`. */
function own(file: Readonly<Record<string, Profile>>, name: string): Profile | undefined {
  return Object.hasOwn(file, name) ? file[name] : undefined;
}
