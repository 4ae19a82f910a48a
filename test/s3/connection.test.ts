import { describe, expect, it } from 'vitest';
import { resolveConnection } from '../../src/s3/connection.ts';

const keys = { ACCESS_KEY_ID: 'id', SECRET_KEY: 'secret' };
const seeds = { ...keys, ENDPOINT: 'http://127.0.0.1:9000' };
const none = new Map<string, Record<string, string | undefined>>();
const resolve = (
  flags: Parameters<typeof resolveConnection>[0],
  env: Record<string, string>,
  profiles = none,
) => {
  const { endpoint, ...rest } = resolveConnection(flags, env, profiles);
  return { ...rest, endpoint: endpoint?.href };
};

describe('the endpoint', () => {
  it('comes from the four variables as a set, and that is said', () => {
    expect(resolve({}, seeds)).toMatchObject({
      endpoint: 'http://127.0.0.1:9000/',
      credentials: { type: 'static', accessKeyId: 'id', secretAccessKey: 'secret' },
      notices: ['endpoint http://127.0.0.1:9000 from ENDPOINT'],
    });
  });
  it('is not taken from ENDPOINT alone', () => {
    expect(
      resolve({}, { ENDPOINT: 'http://127.0.0.1:9000', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' })
        .endpoint,
    ).toBeUndefined();
    expect(resolve({}, { ...seeds, AWS_PROFILE: 'p' }, new Map([['p', {}]])).endpoint).toBeUndefined();
  });
  it.each([
    ['PARTWISE_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'],
    ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
    ['AWS_ENDPOINT_URL', 'S3_ENDPOINT_URL'],
    ['S3_ENDPOINT_URL', 'S3_ENDPOINT'],
    ['S3_ENDPOINT', 'ENDPOINT'],
  ])('is taken from %s before %s', (first, second) => {
    const found = resolve({}, { ...keys, [first]: 'http://first:1', [second]: 'http://second:2' });
    expect(found).toMatchObject({ endpoint: 'http://first:1/', endpointFrom: first });
  });
  it('is the profile’s before S3_ENDPOINT, unless configured endpoints are ignored', () => {
    const profiles = new Map([['default', { endpoint_url: 'http://profile:1' }]]);
    expect(resolve({}, { ...keys, S3_ENDPOINT: 'http://other:2' }, profiles).endpoint).toBe(
      'http://profile:1/',
    );
    expect(
      resolve(
        {},
        { ...keys, S3_ENDPOINT: 'http://other:2', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
        profiles,
      ).endpoint,
    ).toBe('http://other:2/');
  });
  it('counts an empty variable as not set', () => {
    expect(resolve({}, { ...seeds, AWS_ENDPOINT_URL: '', AWS_PROFILE: '' }).endpointFrom).toBe('ENDPOINT');
  });
  it.each([
    ['localhost:9000', 'http://localhost:9000/'],
    ['127.0.0.1:9000', 'http://127.0.0.1:9000/'],
    ['[::1]:9000', 'http://[::1]:9000/'],
    ['s3.example.com', 'https://s3.example.com/'],
    ['https://s3.example.com/path', 'https://s3.example.com/path'],
  ])('%s is read as %s', (written, url) => {
    expect(resolve({ endpointUrl: written }, keys).endpoint).toBe(url);
  });
  it.each(['s3://b', 'ftp://x', 'https://user:hunter2@x', 'https://x?y=1', 'http://'])(
    '%s is refused, without showing a password',
    (written) => {
      expect(() => resolve({ endpointUrl: written }, keys)).toThrow(
        expect.objectContaining({ kind: 'usage', message: expect.not.stringContaining('hunter2') }),
      );
    },
  );
});

describe('a bucket in the host of the endpoint', () => {
  it('is told where the service would put it there once more', () => {
    expect(() =>
      resolve({ endpointUrl: 'https://pics.cos.ap-guangzhou.myqcloud.com', bucket: 'pics' }, keys),
    ).toThrow(/begins with the bucket/);
    expect(resolve({ endpointUrl: 'https://pics.example.com', bucket: 'pics' }, keys).endpoint).toBe(
      'https://pics.example.com/',
    );
  });
});

describe('credentials', () => {
  const aws = { AWS_ACCESS_KEY_ID: 'aws', AWS_SECRET_ACCESS_KEY: 'awssecret', AWS_SESSION_TOKEN: 'token' };
  const endpoint = { endpointUrl: 'http://127.0.0.1:1' };
  const profiles = new Map([
    ['p', { aws_access_key_id: 'x', aws_secret_access_key: 'y' }],
    ['default', { aws_access_key_id: 'd', aws_secret_access_key: 'e' }],
  ]);
  it('come from --profile before everything else', () => {
    expect(resolve({ ...endpoint, profile: 'p' }, { ...aws, ...keys }, profiles).credentials).toEqual({
      type: 'profile',
      profile: 'p',
    });
  });
  it('come from the AWS variables before the pair', () => {
    expect(resolve(endpoint, { ...aws, ...keys }).credentials).toMatchObject({
      accessKeyId: 'aws',
      sessionToken: 'token',
    });
  });
  it('never mix two pairs, and name the missing half', () => {
    expect(() => resolve(endpoint, { ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 's' })).toThrow(
      /AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not/,
    );
    expect(() => resolve(endpoint, { SECRET_KEY: 's' })).toThrow(expect.objectContaining({ kind: 'denied' }));
  });
  it('come from the pair before AWS_PROFILE and [default]', () => {
    expect(resolve(endpoint, { ...keys, AWS_PROFILE: 'p' }, profiles).credentials).toMatchObject({
      accessKeyId: 'id',
    });
    expect(resolve(endpoint, { AWS_PROFILE: 'p' }, profiles).credentials).toEqual({
      type: 'profile',
      profile: 'p',
    });
    expect(resolve(endpoint, {}, profiles).credentials).toEqual({ type: 'profile', profile: 'default' });
  });
  it('are not asked from the machine for another endpoint than AWS', () => {
    expect(() => resolve(endpoint, {})).toThrow(expect.objectContaining({ kind: 'denied' }));
    expect(resolve({ ...endpoint, useInstanceCredentials: true }, {}).credentials.type).toBe('chain');
    expect(resolve({}, {}).credentials.type).toBe('chain');
    expect(
      resolve({ endpointUrl: 'https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com' }, {}).credentials.type,
    ).toBe('chain');
    expect(resolve({ endpointUrl: 'https://amazonaws.com.evil.example' }, keys).credentials.type).toBe(
      'static',
    );
    expect(() => resolve({ endpointUrl: 'https://amazonaws.com.evil.example' }, {})).toThrow(
      /no credentials/,
    );
  });
  it('may be none, and a profile must exist', () => {
    expect(resolve({ ...endpoint, signRequest: false }, {}).credentials.type).toBe('anonymous');
    expect(() => resolve({ ...endpoint, profile: 'nope' }, {})).toThrow(/profile nope/);
  });
});

describe('region and addressing', () => {
  it.each([
    ['https://s3.eu-central-1.amazonaws.com', 'eu-central-1', false],
    ['https://acc.r2.cloudflarestorage.com', 'auto', true],
    ['https://cos.ap-guangzhou.myqcloud.com', 'ap-guangzhou', false],
    ['https://s3.oss-cn-hangzhou.aliyuncs.com', 'cn-hangzhou', false],
    ['https://s3.us-west-004.backblazeb2.com', 'us-west-004', true],
    ['https://fra1.digitaloceanspaces.com', 'fra1', true],
    ['http://127.0.0.1:9000', 'us-east-1', true],
    ['https://minio.example.com', 'us-east-1', true],
  ])('of %s are known', (endpointUrl, region, pathStyle) => {
    expect(resolve({ endpointUrl }, keys)).toMatchObject({ region, pathStyle });
  });
  it('are what is asked for', () => {
    expect(
      resolve(
        { endpointUrl: 'http://127.0.0.1:1', region: 'x', addressingStyle: 'virtual' },
        { ...keys, AWS_REGION: 'y' },
      ),
    ).toMatchObject({ region: 'x', pathStyle: false });
    expect(
      resolve({}, { ...keys, AWS_DEFAULT_REGION: 'z', PARTWISE_ADDRESSING_STYLE: 'path' }),
    ).toMatchObject({ region: 'z', pathStyle: true });
    expect(() => resolve({}, { ...keys, PARTWISE_ADDRESSING_STYLE: 'sideways' })).toThrow(/sideways/);
  });
  it('keep a path in the endpoint, and then the bucket is in the path', () => {
    expect(resolve({ endpointUrl: 'https://gateway.amazonaws.com/s3' }, keys).pathStyle).toBe(true);
  });
});
