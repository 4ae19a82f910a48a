import { S3Client, HeadObjectCommand } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionFlags, resolveConnection } from '../../../src/s3/connection.ts';
import { isStandardAws } from '../../../src/s3/hosts.ts';
import { type Address, addressesOf } from '../../../src/s3/wire/address.ts';

const ENV = { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' };

type Place = Pick<Address, 'host' | 'path' | 'isTls'>;

function ours(flags: ConnectionFlags, bucket: string, key: string): Place | undefined {
  const connection = resolveConnection(flags, ENV, new Map());
  const address = addressesOf(connection)(bucket, key, connection.region);
  return address && { host: address.host, path: address.path, isTls: address.isTls };
}

/** Where the SDK's client would send it; `undefined` where it refuses. */
async function theirs(flags: ConnectionFlags, bucket: string, key: string): Promise<Place | undefined> {
  const { endpoint, region, pathStyle } = resolveConnection(flags, ENV, new Map());
  const client = new S3Client({
    region,
    forcePathStyle: pathStyle,
    ...(endpoint && !isStandardAws(endpoint, region) && { endpoint: endpoint.href }),
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  let seen: Place | undefined;
  client.middlewareStack.add(
    () => (args) => {
      seen = placeOf(args.request);
      return Promise.reject(new Error('far enough'));
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch(() => undefined);
  client.destroy();
  return seen;
}

function placeOf(request: unknown): Place | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  const { headers, path, protocol }: { headers?: unknown; path?: unknown; protocol?: unknown } = request;
  const host =
    typeof headers === 'object' && headers !== null && 'host' in headers ? String(headers.host) : '';
  return { host, path: String(path), isTls: protocol === 'https:' };
}

const letters = (text: string) => fc.constantFrom(...Array.from(text));
const buckets = fc.oneof(
  fc.string({ unit: letters('ab09-.'), minLength: 1, maxLength: 12 }),
  fc.string({ unit: letters('aB0_-./:%é '), minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    'box',
    'b--x-s3',
    'box--use1-az4--x-s3',
    'point-1a2b-s3alias',
    'point--op-s3',
    'lambda--ol-s3',
    'box--table-s3',
    'my.dotted.bucket',
    '192.168.1.1',
    'arn:aws:s3:eu-west-1:123456789012:accesspoint/mine',
    'arn:aws:s3-outposts:eu-west-1:123456789012:outpost/op-1/accesspoint/mine',
    'a'.repeat(63),
    'a'.repeat(64),
  ),
);
const keys = fc.string({
  unit: letters(`aZ09 /?#&=+%"'()*!~,;:@$-_.<>[]{}|\\^\`\té€`),
  minLength: 1,
  maxLength: 20,
});
const connections: fc.Arbitrary<ConnectionFlags> = fc.record({
  endpointUrl: fc.constantFrom(
    undefined,
    'http://127.0.0.1:9000',
    'http://[::1]:9000',
    'https://s3.example.com',
    'https://s3.example.com:443/',
    'https://gate.example.com:8443/some/path/',
    'https://gate.example.com/with%20space',
    'https://s3.eu-west-1.amazonaws.com',
    'https://s3.us-east-1.amazonaws.com',
    'https://s3.amazonaws.com',
    'https://bucket.vpce-1a2b.s3.eu-west-1.vpce.amazonaws.com',
  ),
  region: fc.constantFrom(
    'us-east-1',
    'eu-west-1',
    'cn-north-1',
    'us-gov-west-1',
    'us-iso-east-1',
    'eusc-de-east-1',
    'nowhere',
    'aws-global',
    'mx-central-1',
  ),
  addressingStyle: fc.constantFrom('auto', 'path', 'virtual'),
});

describe('the address of a request', () => {
  it('is the one that the SDK would use, or there is none', async () => {
    let served = 0;
    await fc.assert(
      fc.asyncProperty(connections, buckets, keys, async (flags, bucket, key) => {
        const found = ours(flags, bucket, key);
        if (!found) return;
        served++;
        expect(found).toEqual(await theirs(flags, bucket, key));
      }),
      { numRuns: 2_000 },
    );
    expect(served).toBeGreaterThan(200);
  });
  const aws = { region: 'eu-west-1' };
  const own = { endpointUrl: 'http://s3.example.com:9000' };
  it.each<[string, ConnectionFlags, string]>([
    ['a directory bucket', aws, 'box--use1-az4--x-s3'],
    ['an access point by its alias', aws, 'point-1a2b-s3alias'],
    ['an object lambda by its alias', aws, 'lambda--ol-s3'],
    ['an access point by its ARN', aws, 'arn:aws:s3:eu-west-1:123456789012:accesspoint/mine'],
    ['dots before a name that has a certificate', aws, 'my.dotted.bucket'],
    ['a region of a closed partition', { region: 'us-gov-west-1' }, 'box'],
    ['a region that is none', { region: 'aws-global' }, 'box'],
    [
      'a bucket before an address',
      { endpointUrl: 'http://127.0.0.1:9000', addressingStyle: 'virtual' },
      'box',
    ],
    [
      'a bucket before an address of IPv6',
      { endpointUrl: 'http://[::1]:9000', addressingStyle: 'virtual' },
      'box',
    ],
    [
      'a bucket before a path',
      { endpointUrl: 'https://gate.example.com/s3/', addressingStyle: 'virtual' },
      'box',
    ],
    ['a bucket that climbs', own, '..'],
    ['a bucket with a slash', own, 'a/b'],
    ['a bucket with a line end', own, 'a\r\nb'],
  ])('is left to the SDK for %s', (_, flags, bucket) => {
    expect(ours(flags, bucket, 'key')).toBeUndefined();
  });
  it.each<[ConnectionFlags, string, Address]>([
    [
      { endpointUrl: 'http://[::1]:9000' },
      'box',
      { hostname: '::1', port: 9000, isTls: false, host: '[::1]:9000', path: '/box/k' },
    ],
    [
      { endpointUrl: 'https://gate.example.com/s3/', addressingStyle: 'path' },
      'box',
      { hostname: 'gate.example.com', port: 443, isTls: true, host: 'gate.example.com', path: '/s3/box/k' },
    ],
    [
      { region: 'cn-north-1' },
      'box',
      {
        hostname: 'box.s3.cn-north-1.amazonaws.com.cn',
        port: 443,
        isTls: true,
        host: 'box.s3.cn-north-1.amazonaws.com.cn',
        path: '/k',
      },
    ],
  ])('names host and port as a socket wants them: %j', (flags, bucket, expected) => {
    const connection = resolveConnection(flags, ENV, new Map());
    expect(addressesOf(connection)(bucket, 'k', connection.region)).toEqual(expected);
  });
  it('follows a bucket into another region on AWS’s own addresses only', () => {
    const find = (flags: ConnectionFlags) => addressesOf(resolveConnection(flags, ENV, new Map()));
    expect(find(aws)('box', 'k', 'ap-south-1')?.host).toBe('box.s3.ap-south-1.amazonaws.com');
    expect(find(own)('box', 'k', 'ap-south-1')?.host).toBe('s3.example.com:9000');
    // What a server calls a region becomes no host of somebody else's.
    expect(find(aws)('box', 'k', 'evil.example/?')).toBeUndefined();
  });
});
