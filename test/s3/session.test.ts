import { describe, expect, it } from 'vitest';
import { isStandardAws } from '../../src/s3/hosts.ts';
import { createSession, type Session } from '../../src/s3/session.ts';
import { TransferError } from '../../src/transfer/errors.ts';

const credentials = { accessKeyId: 'id', secretAccessKey: 'secret' };
const moved = { 'x-amz-bucket-region': 'eu-central-1' };
const elsewhere = (status: number): TransferError =>
  new TransferError('server', 'elsewhere', { status, recovery: 'never' });

const sessionOf = (followsRegion: boolean): Session =>
  createSession({
    region: 'us-east-1',
    identity: () => Promise.resolve(credentials),
    hasProvider: false,
    followsRegion,
  });

describe('a bucket of another region', () => {
  it.each([301, 307, 400])('is looked for there, once, on an address of AWS (%i)', async (status) => {
    const session = sessionOf(true);
    const startedAt = Date.now() - 1;
    expect(await session.reconsider(elsewhere(status), moved, startedAt)).toMatchObject({
      recovery: 'at-once',
    });
    expect(session.region).toBe('eu-central-1');
    const again = { 'x-amz-bucket-region': 'ap-south-1' };
    const later = Date.now() + 60_000;
    expect(await session.reconsider(elsewhere(status), again, later)).toMatchObject({ recovery: 'never' });
    expect(session.region).toBe('eu-central-1');
  });
  it('is not, at anybody else’s address, or where the answer names no region', async () => {
    const strange = sessionOf(false);
    expect(await strange.reconsider(elsewhere(301), moved, 0)).toMatchObject({ recovery: 'never' });
    const known = sessionOf(true);
    expect(await known.reconsider(elsewhere(301), {}, 0)).toMatchObject({ recovery: 'never' });
    expect(known.region).toBe('us-east-1');
    // An answer that named none has not used up the chance.
    expect(await known.reconsider(elsewhere(301), moved, 0)).toMatchObject({ recovery: 'at-once' });
  });
});

it.each<[string | undefined, string, boolean]>([
  [undefined, 'eu-west-1', true],
  ['https://s3.eu-west-1.amazonaws.com', 'eu-west-1', true],
  ['https://s3.amazonaws.com', 'us-east-1', true],
  ['https://s3.cn-north-1.amazonaws.com.cn/', 'cn-north-1', true],
  ['https://s3.eu-west-1.amazonaws.com', 'us-east-1', false],
  ['http://s3.eu-west-1.amazonaws.com', 'eu-west-1', false],
  ['https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com', 'eu-west-1', false],
  ['https://s3.eu-west-1.amazonaws.com.evil.example', 'eu-west-1', false],
])('whether %s is where AWS’s own tools go in %s: %s', (url, region, expected) => {
  expect(isStandardAws(url === undefined ? undefined : new URL(url), region)).toBe(expected);
});
