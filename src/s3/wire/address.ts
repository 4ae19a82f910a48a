import { isIP } from 'node:net';
import type { Connection } from '../connection.ts';
import { isStandardAws } from '../hosts.ts';

/** Where a request goes, and what it names there. */
export type Address = {
  readonly hostname: string;
  readonly port: number;
  readonly isTls: boolean;
  /** The `Host` header. */
  readonly host: string;
  /** Percent-encoded. */
  readonly path: string;
};

/** Finds the address of an object (or of a bucket: an empty key); `undefined` for what the SDK has rules for. */
export type FindAddress = (bucket: string, key: string, region: string) => Address | undefined;

/** Addresses of a connection: like the SDK's for ordinary buckets, and none for anything else. */
export function addressesOf(connection: Connection): FindAddress {
  const { pathStyle } = connection;
  const followsRegion = isStandardAws(connection.endpoint, connection.region);
  const fixed = followsRegion ? undefined : connection.endpoint;
  // No host name can begin with a bucket and end with an address; and of a path behind it the SDK makes something else.
  if (!pathStyle && fixed && (isIP(bare(fixed.hostname)) !== 0 || fixed.pathname !== '/'))
    return () => undefined;
  const placeOf = (bucket: string, region: string): Address | undefined => {
    if (!(pathStyle ? PATH_BUCKET : HOST_BUCKET).test(bucket) || SPECIAL.test(bucket)) return undefined;
    const base = fixed ?? awsEndpoint(region);
    if (!base) return undefined;
    const isTls = base.protocol === 'https:';
    const prefix = withoutSlashesAtEnd(base.pathname);
    return {
      hostname: (pathStyle ? '' : `${bucket}.`) + bare(base.hostname),
      port: Number(base.port) || (isTls ? 443 : 80),
      isTls,
      host: pathStyle ? base.host : `${bucket}.${base.host}`,
      path: pathStyle ? `${prefix}/${bucket}` : prefix,
    };
  };
  // Most requests of a run are about one bucket.
  let last:
    | { readonly bucket: string; readonly region: string; readonly place: Address | undefined }
    | undefined;
  return (bucket, key, region) => {
    if (last?.bucket !== bucket || last.region !== region)
      last = { bucket, region, place: placeOf(bucket, region) };
    const { place } = last;
    if (!place) return undefined;
    // A host of its own has the bucket at its root.
    const path = pathStyle && key === '' ? place.path : `${place.path}/${encodeKey(key)}`;
    return { hostname: place.hostname, port: place.port, isTls: place.isTls, host: place.host, path };
  };
}

function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}

const PATH_BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/;
/** A dot would ask for a certificate that nobody has. */
const HOST_BUCKET = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;
/** Directory buckets, object lambdas and access points by alias have signatures or hosts of their own. */
const SPECIAL = /--x-s3$|--ol-s3$|-s3alias$|--op-s3$|--table-s3$/;

/** An IPv6 address without its brackets, as sockets want it. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/** AWS's public regions and China; the SDK knows the others. */
function awsEndpoint(region: string): URL | undefined {
  if (!/^(?:af|ap|ca|cn|eu|il|me|mx|sa|us)-[a-z]+-\d$/.test(region)) return undefined;
  return new URL(`https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
}

/** Percent-encoding as the signature wants it: all but unreserved characters, and slashes as they are. */
export function encodeKey(key: string): string {
  return key.split('/').map(encodeValue).join('/');
}

/** The same for a value in a query: there a slash is encoded too. */
export function encodeValue(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}
