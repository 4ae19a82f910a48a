import { TransferError } from '../../transfer/errors.ts';
import type { ObjectInfo, WholeObject } from '../../transfer/ports.ts';
import type { OpenCall } from '../supervise.ts';
import type { Answered } from './ask.ts';

/**
 * Gathers an object whose answer has begun; one that is larger than `maxBytes` is left where it is, and takes its
 * connection along.
 * @throws TransferError
 */
export async function collectWhole(
  opened: OpenCall<Answered>,
  maxBytes: number,
  what: string,
  infoOf: () => ObjectInfo,
): Promise<WholeObject | undefined> {
  const { body } = opened.output;
  try {
    const info = infoOf();
    if (info.size > maxBytes) return undefined;
    const bytes = new Uint8Array(info.size);
    let done = 0;
    for await (const chunk of body) {
      opened.alive(chunk.byteLength);
      if (done + chunk.byteLength > info.size) throw wrongLength(what, done + chunk.byteLength, info);
      bytes.set(chunk, done);
      done += chunk.byteLength;
    }
    if (done < info.size) throw wrongLength(what, done, info);
    return { info, bytes };
  } catch (error) {
    throw opened.explain(error);
  } finally {
    opened.stop();
    body.destroy();
  }
}

function wrongLength(what: string, got: number, { size }: ObjectInfo): TransferError {
  return new TransferError('corrupt', `${what}: the server sent ${got} bytes instead of ${size}`);
}
