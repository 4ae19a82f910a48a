import { TransferError } from '../transfer/errors.ts';
import { type Environment, keysInOtherCase, type Profiles } from './profile.ts';
import { type Found, variable } from './variables.ts';

/** Where the keys come from; decided here, fetched by the client. */
export type CredentialPlan =
  | { readonly type: 'anonymous' }
  | {
      readonly type: 'static';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
  | { readonly type: 'profile'; readonly profile: string }
  | { readonly type: 'web-identity' }
  /** The SDK's whole chain, with the instance service only where it may be asked. */
  | { readonly type: 'chain' };

/** What the caller said about keys. */
export type CredentialFlags = {
  readonly profile?: string | undefined;
  readonly signRequest?: boolean | undefined;
  readonly useInstanceCredentials?: boolean | undefined;
};

/**
 * Decides where keys come from.
 * @throws TransferError `denied` for missing or half credentials
 */
export function findCredentials(
  flags: CredentialFlags,
  env: Environment,
  profiles: Profiles,
  profileName: Found<string> | undefined,
  isAws: boolean,
  region: string,
): Found<CredentialPlan> {
  if (flags.signRequest === false) return { value: { type: 'anonymous' }, from: '--no-sign-request' };
  const keysOf = (profile: string): CredentialPlan => {
    const keys = keysInOtherCase(profiles.get(profile) ?? {});
    return keys ? { type: 'static', ...keys } : { type: 'profile', profile };
  };
  if (flags.profile) return { value: keysOf(flags.profile), from: '--profile' };
  const aws = pair(env, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN');
  if (aws) return aws;
  const seeds = pair(env, 'ACCESS_KEY_ID', 'SECRET_KEY', undefined);
  if (seeds) return seeds;
  if (profileName) return { value: keysOf(profileName.value), from: profileName.from };
  // Only keys of [default] by themselves: its process or SSO runs only for somebody who names it.
  const ofDefault = profiles.get('default');
  if (ofDefault?.['aws_access_key_id'] && ofDefault['aws_secret_access_key']) {
    return { value: keysOf('default'), from: 'profile default' };
  }
  if (isAws || flags.useInstanceCredentials)
    return { value: { type: 'chain' }, from: `the AWS chain (${region})` };
  if (variable(env, 'AWS_WEB_IDENTITY_TOKEN_FILE'))
    return { value: { type: 'web-identity' }, from: 'AWS_WEB_IDENTITY_TOKEN_FILE' };
  throw new TransferError('denied', 'no credentials for this endpoint', {
    hint: 'Set ACCESS_KEY_ID and SECRET_KEY (or the AWS_ variables), name a --profile, or use --no-sign-request.',
  });
}

/** Two variables that belong together; half a pair is an error, never a mixture. */
function pair(
  env: Environment,
  idName: string,
  secretName: string,
  tokenName: string | undefined,
): Found<CredentialPlan> | undefined {
  const accessKeyId = variable(env, idName);
  const secretAccessKey = variable(env, secretName);
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [there, missing] = accessKeyId === undefined ? [secretName, idName] : [idName, secretName];
    throw new TransferError('denied', `${there} is set, but ${missing} is not`);
  }
  const sessionToken = tokenName && variable(env, tokenName);
  return {
    value: { type: 'static', accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
    from: idName,
  };
}
