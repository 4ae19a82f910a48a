/** What is known of a service by the name of its host. */
export type HostKind = {
  readonly isAws: boolean;
  /** Where it is known that buckets are only reached (or best reached) as a part of the host name. */
  readonly addressing: 'virtual' | 'path';
  /** The region the host name tells, or the one this service signs with. */
  readonly region: string | undefined;
  readonly isLoopback: boolean;
  /** Cloudflare R2 combines CRC64NVME, but no CRC32, over parts. */
  readonly fullObjectCrc32: boolean;
};

const VIRTUAL_ONLY = ['amazonaws.com', 'amazonaws.com.cn', 'myqcloud.com', 'tencentcos.cn', 'aliyuncs.com'];

/** Patterns of hosts that carry their region; the first group is the region. */
const REGIONS: readonly RegExp[] = [
  /^(?:.+\.)?s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com(?:\.cn)?$/,
  /^.+\.s3\.([a-z]{2}(?:-[a-z]+)+-\d+)\.vpce\.amazonaws\.com$/,
  /^(?:.+\.)?s3\.([a-z0-9-]+)\.backblazeb2\.com$/,
  /^(?:.+\.)?s3\.([a-z0-9-]+)\.wasabisys\.com$/,
  /^(?:.+\.)?cos\.([a-z0-9-]+)\.(?:myqcloud\.com|tencentcos\.cn)$/,
  /^(?:.+\.)?s3\.oss-([a-z0-9-]+)\.aliyuncs\.com$/,
  /^(?:.+\.)?([a-z0-9]+)\.digitaloceanspaces\.com$/,
  /^(?:.+\.)?s3\.([a-z0-9-]+)\.(?:scw\.cloud|io\.cloud\.ovh\.net|cloud\.ovh\.net)$/,
  /^(?:.+\.)?([a-z0-9]+)\.your-objectstorage\.com$/,
];

const STANDARD_AWS = /^s3(?:[.-]([a-z]{2}(?:-[a-z]+)+-\d+))?\.amazonaws\.com(?:\.cn)?$/;

/** Whether an address is the very one that AWS's own tools use for a region; `undefined` is AWS by default. */
export function isStandardAws(endpoint: URL | undefined, region: string): boolean {
  if (!endpoint) return true;
  const match = STANDARD_AWS.exec(endpoint.hostname);
  const isPlain = endpoint.protocol === 'https:' && endpoint.pathname === '/' && endpoint.port === '';
  return match !== null && isPlain && (match[1] ?? 'us-east-1') === region;
}

/** Looks a host up by the patterns of known services; an unknown one gets what every server understands. */
export function kindOfHost(hostname: string): HostKind {
  const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  const under = (domain: string): boolean => host === domain || host.endsWith(`.${domain}`);
  const isR2 = under('r2.cloudflarestorage.com');
  const told = REGIONS.map((pattern) => pattern.exec(host)?.[1]).find((region) => region !== undefined);
  return {
    isAws: under('amazonaws.com') || under('amazonaws.com.cn'),
    addressing: VIRTUAL_ONLY.some(under) ? 'virtual' : 'path',
    region: isR2 ? 'auto' : told,
    isLoopback:
      // Not what ends in .localhost: some resolvers ask DNS for it (RFC 6761 allows applications to know better, but
      // Node hands it on).
      host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host),
    fullObjectCrc32: !isR2,
  };
}

/** Whether a word can be the name of a region: nearly a label of a host name; some private servers have `_` and `.` too. */
export function isRegionName(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i.test(text);
}
