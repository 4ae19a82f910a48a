/** Variables by name, as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings by their names, as they were written and in lower case. */
export type Profile = Readonly<Record<string, string | undefined>>;

/** The profiles of `~/.aws/config` and `~/.aws/credentials`, by name; the credentials file wins. */
export type Profiles = ReadonlyMap<string, Profile>;

/** The address of S3 in the services section that a profile names. */
export const SERVICE_ENDPOINT = 's3 endpoint_url';

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
