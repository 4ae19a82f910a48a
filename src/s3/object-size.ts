import { TransferError } from '../transfer/errors.ts';
import type { CompletedUpload } from '../transfer/ports.ts';
import type { Capabilities } from './capabilities.ts';

/** The header of Complete by which S3 checks that all parts are there. */
export const OBJECT_SIZE = 'x-amz-mp-object-size';

/** What servers say of headers they do not know. AWS's own refusal, of a size that is wrong, is none of these. */
const ABOUT_HEADER =
  /mp-?object-?size|(?:unsupported|unknown|unexpected) header|header .*(?:not|un)\s?(?:supported|implemented|known)/i;
const WRONG_SIZE = /does not match/i;

/**
 * Completes an upload with the size of the object, and without it where the server refuses that. Such a refusal is
 * certain: nothing has happened.
 */
export async function withObjectSize(
  capabilities: Pick<Capabilities, 'takesObjectSize' | 'leaveObjectSizeOut'>,
  size: number | undefined,
  send: (size: number | undefined) => Promise<CompletedUpload>,
): Promise<CompletedUpload> {
  const told = capabilities.takesObjectSize ? size : undefined;
  try {
    return await send(told);
  } catch (error) {
    if (told === undefined || !isAboutSize(error)) throw error;
    const answer = await send(undefined);
    capabilities.leaveObjectSizeOut();
    return answer;
  }
}

function isAboutSize(error: unknown): boolean {
  if (!(error instanceof TransferError)) return false;
  if (error.status === 501) return true;
  return error.status === 400 && ABOUT_HEADER.test(error.message) && !WRONG_SIZE.test(error.message);
}
