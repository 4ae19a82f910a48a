import { loadSharedConfigFiles } from '@smithy/core/config';

/** Variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings by their names, as they were written and in lower case. */
export type Profile = Readonly<Record<string, string | undefined>>;

/** The profiles of `~/.aws/config` and `~/.aws/credentials`, by name; the credentials file wins. */
export type Profiles = ReadonlyMap<string, Profile>;

/** The address of S3 in the services section that a profile names. */
export const SERVICE_ENDPOINT = 's3 endpoint_url';

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

/** Keys that the SDK's reader of profiles would not find, since it knows them in lower case only. */
export function keysInOtherCase(profile: Profile):
  | {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
  | undefined {
  const isOther = Object.keys(profile).some((name) => /^aws_/i.test(name) && name !== name.toLowerCase());
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = profile;
  if (!isOther || !accessKeyId || !secretAccessKey || profile['role_arn']) return undefined;
  const sessionToken = profile['aws_session_token'];
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
}
