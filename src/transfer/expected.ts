import { compositeSums, multipartEtag, type Proof, wholeSums } from './checksum.ts';
import type { Engine } from './engine.ts';
import type { Receipt, Sums } from './ports.ts';

/** What the finished object must be. */
export type Expected = {
  readonly size: number;
  /** The ETag that AWS would make of the parts; `undefined` when it cannot be known. */
  readonly etag?: string | undefined;
  readonly whole: Sums;
  readonly composite: Sums;
  /** How every one of the parts was proven. */
  readonly parts: Proof['by'];
};

/** What the object must look like after Complete, from the sums that were sent and the receipts that came back. */
export function expectObject(
  engine: Pick<Engine, 'hasher'>,
  size: number,
  receipts: readonly Receipt[],
  sent: readonly { readonly size: number; readonly sums: Sums }[],
  proofs: readonly Proof[],
): Expected {
  const weakest = (['size', 'etag', 'checksum'] as const).find((by) =>
    proofs.some((proof) => proof.by === by),
  );
  return {
    size,
    etag: multipartEtag(receipts, engine.hasher),
    whole: wholeSums(sent),
    composite: compositeSums(sent, engine.hasher),
    parts: weakest ?? 'size',
  };
}
