import { describe, expect, it } from 'vitest';
import { createCapabilities, type EndpointKnowledge } from '../../src/s3/capabilities.ts';
import { createTeach } from '../../src/s3/teach.ts';
import { TransferError } from '../../src/transfer/errors.ts';

function refusal(): TransferError {
  const sentence = 'InvalidArgument: unsupported header x-amz-checksum-crc32';
  return new TransferError('server', sentence, { status: 400, code: 'InvalidArgument', recovery: 'never' });
}

function setUp(): { readonly learned: EndpointKnowledge[]; readonly teach: ReturnType<typeof createTeach> } {
  const learned: EndpointKnowledge[] = [];
  const capabilities = createCapabilities({
    signsPayload: false,
    onNotice: () => undefined,
    onLearned: (knowledge) => void learned.push(knowledge),
  });
  return { learned, teach: createTeach(capabilities) };
}

describe('a refusal of checksum headers', () => {
  it('is remembered once the other way has worked', async () => {
    const { learned, teach } = setUp();
    const send = (): Promise<string> =>
      teach.sending(async (mode) => {
        if (mode === 'header') throw refusal();
        return mode;
      });
    await expect(send()).rejects.toMatchObject({ recovery: 'at-once' });
    expect(learned).toEqual([]);
    expect(await send()).toBe('content-md5');
    expect(await send()).toBe('content-md5');
    expect(learned).toEqual([{ checksums: 'content-md5' }]);
  });

  it('is not remembered when nothing else works either', async () => {
    const { learned, teach } = setUp();
    for (let attempt = 0; attempt < 4; attempt++)
      await expect(teach.sending(() => Promise.reject(refusal()))).rejects.toThrow('unsupported header');
    for (let attempt = 0; attempt < 3; attempt++)
      await expect(teach.reading(() => Promise.reject(refusal()))).rejects.toThrow('unsupported header');
    expect(learned).toEqual([]);
  });

  it('of a read is remembered once a read without them was answered', async () => {
    const { learned, teach } = setUp();
    const read = (): Promise<boolean> =>
      teach.reading(async (asks) => {
        if (asks) throw refusal();
        return true;
      });
    await expect(read()).rejects.toMatchObject({ recovery: 'at-once' });
    expect(learned).toEqual([]);
    expect(await read()).toBe(true);
    expect(learned).toEqual([{ readsChecksums: false }]);
  });
});
