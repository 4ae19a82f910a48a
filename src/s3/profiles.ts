import { loadSharedConfigFiles } from '@smithy/core/config';
import { type Environment, type Profile, type Profiles, SERVICE_ENDPOINT } from './profile.ts';

/**
 * Reads both files, or the ones the environment names; a missing file has no profiles. Names of settings are the same in
 * any case, as for the AWS tools; a `services` section is a part of the profiles that name it
 * (docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
 */
export async function loadProfiles(env: Environment): Promise<Profiles> {
  const filepath = env['AWS_SHARED_CREDENTIALS_FILE'];
  const configFilepath = env['AWS_CONFIG_FILE'];
  const files = await loadSharedConfigFiles({
    ...(filepath && { filepath }),
    ...(configFilepath && { configFilepath }),
  });
  const names = new Set([...Object.keys(files.configFile), ...Object.keys(files.credentialsFile)]);
  return new Map(
    [...names].map((name) => {
      const profile = { ...own(files.configFile, name), ...own(files.credentialsFile, name) };
      const services = own(files.configFile, `services.${profile['services'] ?? ''}`);
      const endpoint = services && inAnyCase(services)['s3.endpoint_url'];
      return [name, { ...inAnyCase(profile), ...(endpoint && { [SERVICE_ENDPOINT]: endpoint }) }];
    }),
  );
}

/** The loader answers with plain objects, and a profile may be called `constructor`. */
function own(file: Readonly<Record<string, Profile>>, name: string): Profile | undefined {
  return Object.hasOwn(file, name) ? file[name] : undefined;
}

function inAnyCase(settings: Profile): Profile {
  const lower = Object.entries(settings).map(([name, value]) => [name.toLowerCase(), value] as const);
  return { ...settings, ...Object.fromEntries(lower) };
}
