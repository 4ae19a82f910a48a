import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, hasher } from '../../src/local/hash.ts';
import { startCrc64Nvme } from '../support/embedded/crc64nvme.ts';

const check = new TextEncoder().encode('123456789');

describe('the hasher', () => {
  it('knows the check values of the CRC catalogue', () => {
    const digest = hasher(['crc32', 'crc32c', 'crc64nvme']);
    digest.update(check);
    expect(digest.digest()).toEqual({ crc32: 'cbf43926', crc32c: 'e3069283', crc64nvme: 'ae8b14860a799888' });
  });
  it('equals Node’s own sums, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
        const whole = Buffer.concat(chunks);
        const digest = hasher(['crc32', 'crc32c', 'md5', 'sha1', 'sha256']);
        for (const chunk of chunks) digest.update(chunk);
        expect(digest.digest()).toEqual({
          crc32: crc32(whole).toString(16).padStart(8, '0'),
          crc32c: crc32c(whole).toString(16).padStart(8, '0'),
          md5: createHash('md5').update(whole).digest('hex'),
          sha1: createHash('sha1').update(whole).digest('hex'),
          sha256: createHash('sha256').update(whole).digest('hex'),
        });
      }),
    );
  });
  it('gives the CRC-64/NVME of a byte-by-byte implementation, at any offset and however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), fc.nat(300), (bytes, skip, cut) => {
        const some = bytes.subarray(skip);
        const digest = hasher(['crc64nvme']);
        digest.update(some.subarray(0, cut));
        digest.update(some.subarray(cut));
        const slow = startCrc64Nvme();
        slow.update(some);
        expect(digest.digest().crc64nvme).toBe(slow.digest().toString('hex'));
      }),
    );
  });
  it('has a CRC-32C of its own for platforms without the native one', () => {
    expect(crc32c(check)).toBe(0xe3069283);
    expect(crc32c(check.subarray(4), crc32c(check.subarray(0, 4)))).toBe(0xe3069283);
  });
});
