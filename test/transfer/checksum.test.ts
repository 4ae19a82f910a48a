import { describe, expect, test } from 'vitest';
import { hasher } from '../../src/local/hash.ts';
import { compositeSum, createProofPolicy, multipartEtag } from '../../src/transfer/checksum.ts';
import type { Algorithm, PartBody, Sums } from '../../src/transfer/ports.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { sumOf } from '../support/memory/state.ts';

const BYTES = patternBytes(100);
const SUMS = sumOf(BYTES, ['crc32', 'md5']);
const { crc32 = '', md5 = '' } = SUMS;
const OTHER = 'f'.repeat(32);
const policyOf = (...wantedSums: Algorithm[]): ReturnType<typeof createProofPolicy> =>
  createProofPolicy({ wantedSums }, hasher);
const bodyWith = (sums: Sums): PartBody => ({ size: BYTES.byteLength, sums, open: () => [BYTES] });
const BODY = bodyWith({ crc32 });

describe('the proof of a part', () => {
  test('is the echoed checksum, which beats any ETag', async () => {
    const proven = await policyOf('crc32').check(BODY, { etag: OTHER, sums: { crc32 } }, 'part 1');
    expect(proven).toEqual({ proof: { by: 'checksum', algorithm: 'crc32' }, sums: { crc32 } });
  });

  test.each([
    ['', BODY],
    [', whose MD5 was computed before', bodyWith(SUMS)],
  ])('is the ETag where nothing is echoed%s', async (_, body) => {
    const proven = await policyOf('crc32').check(body, { etag: md5.toUpperCase(), sums: {} }, 'part 1');
    expect(proven).toEqual({ proof: { by: 'etag' }, sums: { crc32, md5 } });
  });

  test.each([
    ['an echo', { etag: md5, sums: { crc32: '00000000' } }],
    ['an ETag', { etag: OTHER, sums: {} }],
  ])('is missing with %s that differs: the bytes are corrupt', async (_, receipt) => {
    await expect(policyOf('crc32').check(BODY, receipt, 'part 1')).rejects.toMatchObject({
      kind: 'corrupt',
      recovery: 'again',
    });
  });

  test.each([
    ['the server says its ETags are no MD5s', { etag: OTHER, sums: {}, opaqueEtag: true }],
    ['the ETag has another form', { etag: 'abc-1', sums: {} }],
  ])('is the size alone when %s', async (_, receipt) => {
    const proven = await policyOf('crc32').check(BODY, receipt, 'part 1');
    expect(proven).toEqual({ proof: { by: 'size' }, sums: { crc32 } });
  });
});

describe('a part may be sent twice at a time', () => {
  test('once the store echoes checksums, and while its ETags are those of the bytes', async () => {
    const policy = policyOf('crc32');
    await policy.check(BODY, { etag: md5, sums: {} }, 'part 1');
    expect(policy.allowsHedging).toBe(false);
    await policy.check(BODY, { etag: md5, sums: { crc32 } }, 'part 2');
    expect(policy.allowsHedging).toBe(true);
    await policy.check(BODY, { etag: 'abc-1', sums: { crc32 } }, 'part 3');
    expect(policy.allowsHedging).toBe(false);
  });
});

describe('the sums to compute', () => {
  test('hold MD5 only once nothing but an ETag could prove a part', async () => {
    const policy = policyOf('crc32');
    expect(policy.algorithms()).toEqual(['crc32']);
    await policy.check(BODY, { etag: md5, sums: { crc32 } }, 'part 1');
    expect(policy.algorithms()).toEqual(['crc32']);
    await policy.check(BODY, { etag: md5, sums: {} }, 'part 2');
    expect(policy.algorithms()).toEqual(['crc32', 'md5']);
  });

  test('name MD5 once where the store itself wants it', async () => {
    const policy = policyOf('md5');
    await policy.check(bodyWith({ md5 }), { etag: md5, sums: {} }, 'part 1');
    expect(policy.algorithms()).toEqual(['md5']);
  });
});

describe('sums over sums of parts', () => {
  const pieces = [BYTES.subarray(0, 60), BYTES.subarray(60)];
  const receipts = pieces.map((bytes, index) => {
    const sums = sumOf(bytes, ['md5', 'crc32']);
    return { number: index + 1, size: bytes.byteLength, etag: sums.md5 ?? '', sums };
  });

  test('make the ETag that AWS gives a multipart object', () => {
    const binary = Buffer.concat(receipts.map(({ etag }) => Buffer.from(etag, 'hex')));
    expect(multipartEtag(receipts, hasher)).toBe(`${sumOf(binary, ['md5']).md5}-2`);
  });

  test('make no ETag when a part has one of another form', () => {
    const [first] = receipts;
    expect(first && multipartEtag([{ ...first, etag: 'x' }], hasher)).toBeUndefined();
  });

  test('make the composite checksum only when every part has its own', () => {
    const binary = Buffer.concat(receipts.map(({ sums }) => Buffer.from(sums.crc32 ?? '', 'hex')));
    expect(compositeSum('crc32', receipts, hasher)).toBe(sumOf(binary, ['crc32']).crc32);
    expect(compositeSum('sha256', receipts, hasher)).toBeUndefined();
  });
});
