import { describe, expect, it } from 'vitest';
import { checksumAlgorithms, joinChecksums } from './checksums.ts';
import { digest } from './test-server.ts';

describe('checksums', () => {
  it('know the check values of their catalogues', () => {
    const values = checksumAlgorithms.map((algorithm) => digest(algorithm, '123456789').toString('hex'));
    expect(values.slice(0, 3)).toEqual(['cbf43926', 'e3069283', 'ae8b14860a799888']);
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)('join %s as if the parts were one', (algorithm) => {
    const texts = ['', 'a', 'bb'.repeat(1000), 'c', 'd'.repeat(77)];
    const parts = texts.map((text) => ({
      value: digest(algorithm, text).toString('base64'),
      size: text.length,
    }));
    expect(joinChecksums(algorithm, 'FULL_OBJECT', parts)).toBe(
      digest(algorithm, texts.join('')).toString('base64'),
    );
  });
});
