import { TransferError } from './errors.ts';
import { combinableAlgorithms, combineCrcs, type PartSum } from './combine.ts';
import type { Algorithm, Hasher, PartBody, Receipt, Store, Sums } from './ports.ts';

const MD5_HEX = /^[0-9a-f]{32}$/i;

/** Whether an ETag has the form of an MD5 (and not of a multipart object, `…-N`). */
export function looksLikeMd5(etag: string | undefined): etag is string {
  return etag !== undefined && MD5_HEX.test(etag);
}

/** How one part was proven to have arrived: by an echoed checksum, by its ETag, or not at all. */
export type Proof =
  | { readonly by: 'checksum'; readonly algorithm: Algorithm }
  | { readonly by: 'etag' | 'size' };

/** What a receipt was found to prove, and every sum that is known of the bytes by then. */
export type Proven = { readonly proof: Proof; readonly sums: Sums };

/** Which sums to compute for the next body, learned from the answers to the ones before. */
export type ProofPolicy = {
  /** What the store wants, and MD5 once the store has shown that only its ETags prove anything. */
  algorithms(): readonly Algorithm[];
  /**
   * Whether one part may be sent twice at a time: equal bytes get equal ETags, and the store echoes checksums. Those
   * that do not are not to be trusted with a request that is cut: rclone 1.75 then forgets the whole upload.
   */
  readonly allowsHedging: boolean;
  /**
   * Whether the proof of an object may need to know what was at the key before: no part has echoed a checksum, or ETags
   * are the server's own. Not once an object of this run was proven by its content alone.
   */
  needsEarlierObject(receipts: readonly Receipt[]): boolean;
  /** An object was proven by a checksum, or by the ETag that its parts must give. */
  learnContentProof(): void;
  /**
   * Compares a receipt with the bytes that were sent. Where nothing is echoed, their MD5 is computed now: most
   * stores echo, and MD5 costs more than sending (2.3 s of CPU a GiB, measured).
   * @throws TransferError `corrupt` when they differ
   */
  check(
    body: PartBody,
    receipt: Pick<Receipt, 'etag' | 'sums' | 'opaqueEtag'>,
    what: string,
  ): Promise<Proven>;
};

/** One for each store and run. */
export function createProofPolicy(store: Pick<Store, 'wantedSums'>, hasher: Hasher): ProofPolicy {
  let hasEchoed = false;
  let needsMd5 = false;
  let hasOpaqueEtags = false;
  let provesByContent = false;
  return {
    needsEarlierObject(receipts) {
      if (provesByContent) return false;
      const hasOwnEtags = receipts.some(({ etag, opaqueEtag }) => opaqueEtag || !looksLikeMd5(etag));
      return hasOwnEtags || receipts.every(({ sums }) => entriesOf(sums).length === 0);
    },
    learnContentProof() {
      provesByContent = true;
    },
    get allowsHedging() {
      return hasEchoed && !hasOpaqueEtags;
    },
    algorithms() {
      const wanted = store.wantedSums;
      return needsMd5 && !wanted.includes('md5') ? [...wanted, 'md5'] : wanted;
    },
    async check(body, receipt, what) {
      const { etag, opaqueEtag = false } = receipt;
      hasOpaqueEtags ||= opaqueEtag || !looksLikeMd5(etag);
      const echoed = proveByEcho(body.sums, receipt, what);
      hasEchoed ||= echoed !== undefined;
      if (echoed) return { proof: echoed, sums: body.sums };
      if (opaqueEtag || !looksLikeMd5(etag)) return { proof: { by: 'size' }, sums: body.sums };
      needsMd5 = true;
      const sums = await withMd5(body, hasher);
      if (etag.toLowerCase() !== sums.md5) throw mismatch(what, `ETag ${etag} instead of ${sums.md5}`);
      return { proof: { by: 'etag' }, sums };
    },
  };
}

/** The sums of a body, MD5 among them. */
export async function withMd5(body: PartBody, hasher: Hasher): Promise<Sums> {
  const { sums } = await withSums(body, ['md5'], hasher);
  return sums;
}

/** A body with all of these sums: those it lacks are computed, for which it is read once more. */
export async function withSums(
  body: PartBody,
  algorithms: readonly Algorithm[],
  hasher: Hasher,
): Promise<PartBody> {
  const missing = algorithms.filter((algorithm) => body.sums[algorithm] === undefined);
  if (missing.length === 0) return body;
  const digest = hasher(missing);
  for await (const bytes of body.open()) digest.update(bytes);
  return { ...body, sums: { ...body.sums, ...digest.digest() } };
}

function proveByEcho(sums: Sums, receipt: Pick<Receipt, 'sums'>, what: string): Proof | undefined {
  let proven: Algorithm | undefined;
  for (const [algorithm, ours] of entriesOf(sums)) {
    const theirs = receipt.sums[algorithm];
    if (theirs === undefined) continue;
    if (theirs !== ours) throw mismatch(what, `${algorithm} ${theirs} instead of ${ours}`);
    proven = algorithm;
  }
  return proven && { by: 'checksum', algorithm: proven };
}

function mismatch(what: string, how: string): TransferError {
  return new TransferError('corrupt', `the server stored other bytes than were sent for ${what}: ${how}`, {
    hint: 'Something between here and the server changes bytes; run the command again.',
  });
}

/** The sums that are there, in a fixed order. */
export function entriesOf(sums: Sums): [Algorithm, string][] {
  const entries: [Algorithm, string][] = [];
  for (const algorithm of ORDER) {
    const value = sums[algorithm];
    if (value !== undefined) entries.push([algorithm, value]);
  }
  return entries;
}

const ORDER: readonly Algorithm[] = ['crc32', 'crc32c', 'crc64nvme', 'sha256', 'sha1', 'md5'];

/**
 * What AWS makes the ETag of a multipart object: MD5 over the ETags of its parts, and their number; many servers do so
 * even where those are no MD5s. Servers that do otherwise exist; `undefined` when the parts' ETags have another form.
 */
export function multipartEtag(receipts: readonly Receipt[], hasher: Hasher): string | undefined {
  const digest = hasher(['md5']);
  for (const { etag } of receipts) {
    if (!looksLikeMd5(etag)) return undefined;
    digest.update(bytesOfHex(etag));
  }
  return `${digest.digest().md5}-${receipts.length}`;
}

/** The checksum of checksums that S3 calls COMPOSITE, without its `-N`; `undefined` when a part lacks the sum. */
export function compositeSum(
  algorithm: Algorithm,
  parts: readonly { sums: Sums }[],
  hasher: Hasher,
): string | undefined {
  const digest = hasher([algorithm]);
  for (const { sums } of parts) {
    const sum = sums[algorithm];
    if (sum === undefined) return undefined;
    digest.update(bytesOfHex(sum));
  }
  return digest.digest()[algorithm];
}

/** Every sum of sums that follows from those of the parts. */
export function compositeSums(parts: readonly { readonly sums: Sums }[], hasher: Hasher): Sums {
  const known = entriesOf(parts[0]?.sums ?? {}).map(([algorithm]) => algorithm);
  return sumsBy(known, (algorithm) => compositeSum(algorithm, parts, hasher));
}

/** The sums over the whole object that follow from those over its parts. */
export function wholeSums(parts: readonly PartSum[]): Sums {
  return sumsBy(combinableAlgorithms, (algorithm) => combineCrcs(algorithm, parts));
}

/** The sums that `sumOf` knows. */
function sumsBy<A extends Algorithm>(
  algorithms: readonly A[],
  sumOf: (algorithm: A) => string | undefined,
): Sums {
  return Object.fromEntries(
    algorithms.flatMap((algorithm) => {
      const sum = sumOf(algorithm);
      return sum === undefined ? [] : [[algorithm, sum]];
    }),
  );
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}
