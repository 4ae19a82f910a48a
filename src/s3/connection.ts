import { TransferError } from '../transfer/errors.ts';
import { parseEndpoint } from './endpoint.ts';
import { isRegionName, kindOfHost } from './hosts.ts';
import { type CredentialPlan, findCredentials } from './find-credentials.ts';
import { type Environment, type Profiles, SERVICE_ENDPOINT } from './profile.ts';
import { proxyFor } from './proxy.ts';
import { firstVariable, type Found, variable } from './variables.ts';

/** What the caller said about the connection, beside the environment. */
export type ConnectionFlags = {
  readonly endpointUrl?: string | undefined;
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly addressingStyle?: 'auto' | 'path' | 'virtual' | undefined;
  readonly signRequest?: boolean | undefined;
  readonly useInstanceCredentials?: boolean | undefined;
  /** A PEM file with the only authorities whose certificates are believed. @default AWS_CA_BUNDLE, else Node's own */
  readonly caBundle?: string | undefined;
  /** PEM files with the certificate this side shows, and its key. @default none */
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  /** `false`: any certificate is believed. @default true */
  readonly verifySsl?: boolean | undefined;
  /** The bucket that will be asked for, to notice when the endpoint names it too. */
  readonly bucket?: string | undefined;
};

/** Everything that is needed to talk to a server, and where each piece came from. */
export type Connection = {
  /** `undefined`: AWS itself. */
  readonly endpoint: URL | undefined;
  readonly endpointFrom: string;
  readonly region: string;
  readonly regionFrom: string;
  readonly pathStyle: boolean;
  readonly credentials: CredentialPlan;
  readonly credentialsFrom: string;
  /** A PEM file to read; `undefined`: Node's own authorities. */
  readonly caBundle: string | undefined;
  readonly clientCert: string | undefined;
  readonly clientKey: string | undefined;
  readonly verifySsl: boolean;
  /** The server is on this machine, and nothing is between: no proxy, and no name that is looked up elsewhere. */
  readonly isLocal: boolean;
  /** What the requests go through; `undefined`: nothing. */
  readonly proxy: URL | undefined;
  /** AWS's endpoints for FIPS or for IPv6 are asked for: what they are called only the SDK knows. */
  readonly usesVariant: boolean;
  /** Sentences the user should see once. */
  readonly notices: readonly string[];
  /** What nobody should miss: how this connection is less safe than it could be. */
  readonly warnings: readonly string[];
};

/**
 * Decides how to connect, from flags, environment and profiles (contract: Connection). Reads nothing itself.
 * @throws TransferError `usage` for contradictions, `denied` for missing or half credentials
 */
export function resolveConnection(flags: ConnectionFlags, env: Environment, profiles: Profiles): Connection {
  const profileName = named(flags, env);
  if (profileName && !profiles.has(profileName.value)) {
    throw new TransferError(
      'denied',
      `profile ${profileName.value} (from ${profileName.from}) does not exist`,
      {
        hint: 'Look into ~/.aws/config and ~/.aws/credentials.',
      },
    );
  }
  const profile = profiles.get(profileName?.value ?? 'default');
  const endpoint = findEndpoint(flags, env, profiles, profileName);
  const parsed = endpoint && parseEndpoint(endpoint.value);
  const host = parsed && kindOfHost(parsed.url.hostname);
  if (parsed && host?.addressing === 'virtual') refuseBucketInHost(parsed.url.hostname, flags.bucket);
  const region = flags.region
    ? { value: flags.region, from: '--region' }
    : regionOf(env, profile, host?.region);
  if (!isRegionName(region.value)) {
    throw new TransferError(
      'usage',
      `${JSON.stringify(region.value)} (from ${region.from}) cannot be a region`,
      {
        hint: 'A region is a word like us-east-1.',
      },
    );
  }
  const isAws = host?.isAws ?? true;
  const credentials = findCredentials(flags, env, profiles, profileName, isAws, region.value);
  const proxy = proxyFor(parsed?.url.href ?? `https://s3.${region.value}.amazonaws.com/`, env);
  const pathStyle = usesPathStyle(flags, env, profile, parsed?.url, host?.addressing);
  // A bucket in front of "localhost" makes a name that a resolver may ask others for.
  const isLocal = host?.isLoopback === true && proxy === undefined && pathStyle;
  const notices: string[] = [];
  if (endpoint?.from === 'ENDPOINT' && parsed)
    notices.push(`endpoint ${parsed.url.href.replace(/\/$/, '')} from ENDPOINT`);
  else if (parsed?.schemeAdded) notices.push(`endpoint read as ${parsed.url.href.replace(/\/$/, '')}`);
  return {
    endpoint: parsed?.url,
    endpointFrom: endpoint?.from ?? 'AWS, by default',
    region: region.value,
    regionFrom: region.from,
    pathStyle,
    credentials: credentials.value,
    credentialsFrom: credentials.from,
    caBundle: flags.caBundle ?? variable(env, 'AWS_CA_BUNDLE'),
    clientCert: flags.clientCert,
    clientKey: flags.clientKey ?? flags.clientCert,
    verifySsl: flags.verifySsl ?? true,
    isLocal,
    proxy,
    usesVariant: VARIANTS.some(([name, setting]) =>
      /^true$/i.test(variable(env, name) ?? profile?.[setting] ?? ''),
    ),
    notices,
    warnings: warningsOf(flags, env, parsed?.url, isLocal),
  };
}

const VARIANTS = [
  ['AWS_USE_FIPS_ENDPOINT', 'use_fips_endpoint'],
  ['AWS_USE_DUALSTACK_ENDPOINT', 'use_dualstack_endpoint'],
] as const;

function warningsOf(
  flags: ConnectionFlags,
  env: Environment,
  endpoint: URL | undefined,
  isLocal: boolean,
): string[] {
  if (endpoint?.protocol === 'http:') {
    return isLocal
      ? []
      : [`${endpoint.origin} is plain http: requests are signed, but anyone on the way can read the data`];
  }
  if (flags.verifySsl === false)
    return ['--no-verify-ssl: the certificate of the server is not checked; anybody may be answering'];
  // Node obeys this variable for every connection of the process.
  return env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0'
    ? [
        'NODE_TLS_REJECT_UNAUTHORIZED=0: the certificate of the server is not checked; anybody may be answering',
      ]
    : [];
}

/** Services that put the bucket into the host name would be asked for `bucket.bucket.…`. */
function refuseBucketInHost(hostname: string, bucket: string | undefined): void {
  if (bucket === undefined || !hostname.startsWith(`${bucket}.`)) return;
  throw new TransferError('usage', `the endpoint's host ${hostname} begins with the bucket's name`, {
    hint: `Leave it out: the bucket is put there for you (${hostname.slice(bucket.length + 1)}).`,
  });
}

function named(flags: ConnectionFlags, env: Environment): Found<string> | undefined {
  if (flags.profile) return { value: flags.profile, from: '--profile' };
  return firstVariable(env, ['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']);
}

const OWN_ENDPOINTS = ['PARTWISE_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] as const;
const OTHER_ENDPOINTS = ['S3_ENDPOINT_URL', 'S3_ENDPOINT'] as const;

function findEndpoint(
  flags: ConnectionFlags,
  env: Environment,
  profiles: Profiles,
  profileName: Found<string> | undefined,
): Found<string> | undefined {
  if (flags.endpointUrl) return { value: flags.endpointUrl, from: '--endpoint-url' };
  const name = profileName?.value ?? 'default';
  const profile = profiles.get(name);
  const ignoring = /^true$/i.test(
    variable(env, 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS') ??
      profile?.['ignore_configured_endpoint_urls'] ??
      '',
  );
  const own = firstVariable(env, ignoring ? ['PARTWISE_ENDPOINT_URL'] : OWN_ENDPOINTS);
  if (own) return own;
  const configured = ignoring ? undefined : (profile?.[SERVICE_ENDPOINT] ?? profile?.['endpoint_url']);
  if (configured) return { value: configured, from: `profile ${name}` };
  const other = firstVariable(env, OTHER_ENDPOINTS);
  if (other) return other;
  // ENDPOINT is a word that many containers use for other things: only the whole set of variables counts.
  if (!isSeedSet(flags, env)) return undefined;
  return firstVariable(env, ['ENDPOINT']);
}

/** ACCESS_KEY_ID and SECRET_KEY are there, and nothing names other keys. */
function isSeedSet(flags: ConnectionFlags, env: Environment): boolean {
  const others = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE'];
  const complete = variable(env, 'ACCESS_KEY_ID') !== undefined && variable(env, 'SECRET_KEY') !== undefined;
  return complete && !flags.profile && firstVariable(env, others) === undefined;
}

function regionOf(
  env: Environment,
  profile: Readonly<Record<string, string | undefined>> | undefined,
  told: string | undefined,
): Found<string> {
  const set = firstVariable(env, ['AWS_REGION', 'AWS_DEFAULT_REGION']);
  if (set) return set;
  const configured = profile?.['region'];
  if (configured) return { value: configured, from: 'the profile' };
  return told ? { value: told, from: 'the host name' } : { value: 'us-east-1', from: 'the default' };
}

function usesPathStyle(
  flags: ConnectionFlags,
  env: Environment,
  profile: Readonly<Record<string, string | undefined>> | undefined,
  endpoint: URL | undefined,
  known: 'path' | 'virtual' | undefined,
): boolean {
  const style =
    flags.addressingStyle ??
    variable(env, 'PARTWISE_ADDRESSING_STYLE') ??
    profile?.['s3.addressing_style'] ??
    'auto';
  if (style !== 'auto' && style !== 'path' && style !== 'virtual') {
    throw new TransferError('usage', `the addressing style is ${style}; it must be auto, path or virtual`);
  }
  if (style !== 'auto') return style === 'path';
  // A path in the endpoint leaves no room for the bucket in the host.
  if (endpoint && endpoint.pathname !== '/') return true;
  return endpoint !== undefined && known !== 'virtual';
}
