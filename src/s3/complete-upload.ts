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

/** What Complete tells of checksums: those of the parts, and of the whole object; none of them is `undefined`. */
export type ToldSums = { readonly parts: readonly Sums[] | undefined; readonly isWholeTold: boolean };

/**
 * Completes an upload by `request`, which is told the sums of the parts, or none. Whether they must be told again cannot
 * always be seen: a server that dropped them must not be told, one that keeps them insists, some leave them out of the
 * list of parts, and some take those of the parts but not that of the whole. A refusal for that reason is certain, nothing
 * has happened: then another way is right.
 */
export async function completeUpload(
  { receipts, local, size, capabilities }: KnownParts,
  request: (sums: ToldSums, size: number | undefined) => Promise<CompletedUpload>,
): Promise<CompletedUpload> {
  const { algorithm } = capabilities;
  const sums = receipts.map((receipt, index): Sums => ({ ...local[index], ...receipt.sums }));
  const areKnown = sums.every((sum) => sum[algorithm] !== undefined);
  const areEchoed = receipts.some((receipt) => receipt.sums[algorithm] !== undefined);
  const none: ToldSums = { parts: undefined, isWholeTold: false };
  const all: ToldSums = { parts: sums, isWholeTold: true };
  const others: readonly ToldSums[] = [{ parts: sums, isWholeTold: false }, areEchoed ? none : all];
  const ways = areKnown ? [areEchoed ? all : none, ...others] : [none];
  let first: unknown;
  for (const way of ways) {
    try {
      return await withObjectSize(capabilities, size, (told) => request(way, told));
    } catch (error) {
      if (!isAboutSums(error)) throw error;
      first ??= error;
    }
  }
  throw first;
}

/** S3Mock refuses a right checksum of the whole object with a sentence of its own. */
const ABOUT_CHECKSUM = /checksum/i;

function isAboutSums(error: unknown): boolean {
  if (!(error instanceof TransferError) || error.status !== 400 || error.kind === 'corrupt') return false;
  const isAboutThem = error.code === 'InvalidPart' || error.code === 'InvalidRequest';
  return isAboutThem || ABOUT_CHECKSUM.test(error.message);
}
