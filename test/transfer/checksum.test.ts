import { describe, expect, test } from 'vitest';
import { hasher } from '../../src/local/hash.ts';
import { compositeSum, createProofPolicy, multipartEtag } from '../../src/transfer/checksum.ts';
import type { Algorithm } from '../../src/transfer/ports.ts';
import { patternBytes } from '../support/memory/bytes.ts';
import { sumOf } from '../support/memory/state.ts';

const BYTES = patternBytes(100);
const SUMS = sumOf(BYTES, ['crc32', 'md5']);
const { crc32 = '', md5 = '' } = SUMS;
const OTHER = 'f'.repeat(32);
const policyOf = (...wantedSums: Algorithm[]): ReturnType<typeof createProofPolicy> =>
  createProofPolicy({ wantedSums });

describe('the proof of a part', () => {
  test('is the echoed checksum, which beats any ETag', () => {
    const proof = policyOf('crc32').check(SUMS, { etag: OTHER, sums: { crc32 } }, 'part 1');
    expect(proof).toEqual({ by: 'checksum', algorithm: 'crc32' });
  });

  test('is the ETag where nothing is echoed', () => {
    expect(policyOf('crc32').check(SUMS, { etag: md5.toUpperCase(), sums: {} }, 'part 1')).toEqual({
      by: 'etag',
    });
  });

  test.each([
    ['an echo', { etag: md5, sums: { crc32: '00000000' } }],
    ['an ETag', { etag: OTHER, sums: {} }],
  ])('is missing with %s that differs: the bytes are corrupt', (_, receipt) => {
    expect(() => policyOf('crc32').check(SUMS, receipt, 'part 1')).toThrow(
      expect.objectContaining({ kind: 'corrupt', recovery: 'again' }),
    );
  });

  test.each([
    ['the server says its ETags are no MD5s', SUMS, { etag: OTHER, sums: {}, opaqueEtag: true }],
    ['the ETag has another form', SUMS, { etag: 'abc-1', sums: {} }],
    ['no MD5 was computed', { crc32 }, { etag: OTHER, sums: {} }],
  ])('is the size alone when %s', (_, sums, receipt) => {
    expect(policyOf('crc32').check(sums, receipt, 'part 1')).toEqual({ by: 'size' });
  });
});

describe('a part may be sent twice at a time', () => {
  test('once the store echoes checksums, and while its ETags are those of the bytes', () => {
    const policy = policyOf('crc32');
    policy.check(SUMS, { etag: md5, sums: {} }, 'part 1');
    expect(policy.allowsHedging).toBe(false);
    policy.check(SUMS, { etag: md5, sums: { crc32 } }, 'part 2');
    expect(policy.allowsHedging).toBe(true);
    policy.check(SUMS, { etag: 'abc-1', sums: { crc32 } }, 'part 3');
    expect(policy.allowsHedging).toBe(false);
  });
});

describe('the sums to compute', () => {
  test('hold MD5 only until the store has echoed a checksum', () => {
    const policy = policyOf('crc32');
    expect(policy.algorithms()).toEqual(['crc32', 'md5']);
    policy.check(SUMS, { etag: md5, sums: {} }, 'part 1');
    expect(policy.algorithms()).toEqual(['crc32', 'md5']);
    policy.check(SUMS, { etag: md5, sums: { crc32 } }, 'part 1');
    expect(policy.algorithms()).toEqual(['crc32']);
  });

  test('hold MD5 again once the checksum that was echoed is no longer sent', () => {
    const store: { wantedSums: readonly Algorithm[] } = { wantedSums: ['crc32'] };
    const policy = createProofPolicy(store);
    policy.check(SUMS, { etag: md5, sums: { crc32 } }, 'part 1');
    store.wantedSums = [];
    expect(policy.algorithms()).toEqual(['md5']);
  });

  test('name MD5 once where the store itself wants it', () => {
    expect(policyOf('md5').algorithms()).toEqual(['md5']);
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

  test('make no ETag when a part has one that is no MD5', () => {
    const [first] = receipts;
    expect(first && multipartEtag([{ ...first, opaqueEtag: true }], hasher)).toBeUndefined();
    expect(first && multipartEtag([{ ...first, etag: 'x' }], hasher)).toBeUndefined();
  });

  test('make the composite checksum only when every part has its own', () => {
    const binary = Buffer.concat(receipts.map(({ sums }) => Buffer.from(sums.crc32 ?? '', 'hex')));
    expect(compositeSum('crc32', receipts, hasher)).toBe(sumOf(binary, ['crc32']).crc32);
    expect(compositeSum('sha256', receipts, hasher)).toBeUndefined();
  });
});
