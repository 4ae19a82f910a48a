import { describe, expect, it } from 'vitest';
import { completeUpload, type ToldSums } from '../../src/s3/complete-upload.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { CompletedUpload, Receipt } from '../../src/transfer/ports.ts';

const capabilities = {
  algorithm: 'crc32',
  takesObjectSize: true,
  leaveObjectSizeOut: () => undefined,
} as const;
const DONE: CompletedUpload = { etag: 'e', versionId: undefined };

function refusal(code: string, message: string): TransferError {
  return new TransferError('server', `${code}: ${message}`, { status: 400, code, recovery: 'never' });
}

/** How Complete was asked for, way by way, until the server took it. */
async function waysOf(
  areEchoed: boolean,
  refuse: (sums: ToldSums) => TransferError | undefined,
): Promise<string[]> {
  const sums = { crc32: '00000000' };
  const receipt: Receipt = { number: 1, size: 1, etag: 'e', sums: areEchoed ? sums : {} };
  const ways: string[] = [];
  await completeUpload({ receipts: [receipt], local: [sums], size: 1, capabilities }, async (told) => {
    ways.push(`${told.parts ? 'parts' : 'nothing'}${told.isWholeTold ? ' and whole' : ''}`);
    const error = refuse(told);
    if (error) throw error;
    return DONE;
  });
  return ways;
}

describe('Complete', () => {
  it('tells all checksums where the server echoed them, and none where it did not', async () => {
    expect(await waysOf(true, () => undefined)).toEqual(['parts and whole']);
    expect(await waysOf(false, () => undefined)).toEqual(['nothing']);
  });

  it('leaves that of the whole out where it is refused, as S3Mock does', async () => {
    const refuse = ({ isWholeTold }: ToldSums): TransferError | undefined =>
      isWholeTold ? refusal('BadRequest', 'Value for x-amz-checksum-crc32 header is invalid.') : undefined;
    expect(await waysOf(true, refuse)).toEqual(['parts and whole', 'parts']);
  });

  it('tells none where the server dropped them, and those of the parts where it insists', async () => {
    const dropped = ({ parts }: ToldSums): TransferError | undefined =>
      parts ? refusal('InvalidPart', 'no') : undefined;
    expect(await waysOf(true, dropped)).toEqual(['parts and whole', 'parts', 'nothing']);
    const insists = ({ parts }: ToldSums): TransferError | undefined =>
      parts ? undefined : refusal('InvalidRequest', 'no');
    expect(await waysOf(false, insists)).toEqual(['nothing', 'parts']);
  });

  it('is not asked for again for another reason', async () => {
    const other = waysOf(true, () => refusal('EntityTooSmall', 'a part is too small'));
    await expect(other).rejects.toMatchObject({ code: 'EntityTooSmall' });
    const corrupt = new TransferError('corrupt', 'BadDigest: the checksum does not match', { status: 400 });
    await expect(waysOf(true, () => corrupt)).rejects.toBe(corrupt);
  });
});
