import { TransferError } from '../transfer/errors.ts';
import type { CompletedUpload, Receipt, Sums } from '../transfer/ports.ts';
import type { Capabilities } from './capabilities.ts';
import { withObjectSize } from './object-size.ts';

/** All that is known of the parts of an upload, in order of number. */
export type KnownParts = {
  readonly receipts: readonly Receipt[];
  /** What was computed here over the bytes of each part. */
  readonly local: readonly Sums[];
  /** Of the whole object. */
  readonly size: number | undefined;
  readonly capabilities: Pick<Capabilities, 'algorithm' | 'takesObjectSize' | 'leaveObjectSizeOut'>;
};

/**
 * Completes an upload by `request`, which is told the sums of the parts, or none. Whether they must be told again cannot
 * always be seen: a server that dropped them must not be told, one that keeps them insists, and some leave them out
 * of the list of parts. A refusal for that reason is certain, nothing has happened: then the other way is right.
 */
export async function completeUpload(
  { receipts, local, size, capabilities }: KnownParts,
  request: (sums: readonly Sums[] | undefined, size: number | undefined) => Promise<CompletedUpload>,
): Promise<CompletedUpload> {
  const { algorithm } = capabilities;
  const send = (sums: readonly Sums[] | undefined): Promise<CompletedUpload> =>
    withObjectSize(capabilities, size, (told) => request(sums, told));
  const sums = receipts.map((receipt, index): Sums => ({ ...local[index], ...receipt.sums }));
  const areKnown = sums.every((sum) => sum[algorithm] !== undefined);
  const areEchoed = receipts.some((receipt) => receipt.sums[algorithm] !== undefined);
  const tells = areKnown && areEchoed;
  try {
    return await send(tells ? sums : undefined);
  } catch (error) {
    if (!areKnown || !isAboutParts(error)) throw error;
    return await send(tells ? undefined : sums).catch((second: unknown) =>
      Promise.reject(isAboutParts(second) ? error : second),
    );
  }
}

function isAboutParts(error: unknown): boolean {
  if (!(error instanceof TransferError) || error.status !== 400) return false;
  return error.code === 'InvalidPart' || error.code === 'InvalidRequest';
}
