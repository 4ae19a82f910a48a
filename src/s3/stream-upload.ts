import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { CutStream, CutVerbs } from '../transfer/cut-stream.ts';

/**
 * Cuts a stream with lib-storage: it numbers the parts and keeps at most `lanes` of them under way, but every
 * command it sends is answered by our verbs, so requests, retries, checksums and progress are the engine's.
 */
export const cutStream: CutStream = async (stream, { signal, partSize, lanes }, verbs) => {
  const body = Readable.from(stream, { objectMode: false });
  // lib-storage would wait for the next bytes of a slow stream before it notices a failure.
  const onAbort = (): void => void body.destroy();
  const running = new Set<Promise<unknown>>();
  const client = answeringClient(verbs, running);
  const upload = new Upload({
    client,
    // Only lib-storage sees these names; the verbs know the real ones.
    params: { Bucket: 'bucket', Key: 'key', Body: body },
    partSize,
    queueSize: lanes,
    // Tidying up is the engine's: it knows whether the outcome is known.
    leavePartsOnError: true,
  });
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    await upload.done();
  } finally {
    signal.removeEventListener('abort', onAbort);
    body.destroy();
    await Promise.allSettled(running);
    client.destroy();
  }
};

/** A client that never reaches the network: its first middleware answers every command. */
function answeringClient(verbs: CutVerbs, running: Set<Promise<unknown>>): S3Client {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: 'http://localhost',
    credentials: { accessKeyId: '-', secretAccessKey: '-' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  client.middlewareStack.add(
    (_next, context) => async (args) => {
      const answer = answerOf(verbs, context.commandName ?? '', args.input);
      running.add(answer);
      const output = await answer.finally(() => running.delete(answer));
      return { output: { $metadata: {}, ...output }, response: {} };
    },
    { step: 'initialize', priority: 'high', name: 'partwiseAnswers' },
  );
  return client;
}

async function answerOf(verbs: CutVerbs, command: string, input: object): Promise<object> {
  switch (command) {
    case 'PutObjectCommand':
      await verbs.put(bytesOf(input));
      return {};
    case 'CreateMultipartUploadCommand':
      await verbs.begin();
      return { UploadId: 'upload' };
    case 'UploadPartCommand': {
      const { etag } = await verbs.part(numberOf(input), bytesOf(input));
      return { ETag: etag };
    }
    case 'CompleteMultipartUploadCommand':
      await verbs.complete();
      return {};
    default:
      throw new Error(`lib-storage sent ${command}, which nobody expected`);
  }
}

function bytesOf(input: object): Uint8Array {
  const body = 'Body' in input ? input.Body : undefined;
  if (body instanceof Uint8Array) return body;
  if (typeof body === 'string') return new TextEncoder().encode(body);
  throw new Error('lib-storage sent a part that is not bytes');
}

function numberOf(input: object): number {
  if ('PartNumber' in input && typeof input.PartNumber === 'number') return input.PartNumber;
  throw new Error('lib-storage sent a part without a number');
}
