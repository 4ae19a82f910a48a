import { entriesOf, looksLikeMd5 } from './checksum.ts';
import type { Expected } from './expected.ts';
import type { CompletedUpload, ObjectInfo, Verified } from './ports.ts';
import { sizeOnly } from './result.ts';

/** Whether an object is the one that was sent: certainly, certainly not, or nothing tells. */
export type Verdict =
  | { readonly type: 'ours'; readonly verified: Verified }
  | { readonly type: 'other'; readonly how: string }
  | { readonly type: 'unknown'; readonly how: string };

/** What is known beside the object itself. */
export type Evidence = {
  /** What Complete answered; `undefined` when its answer was lost. No proof by itself: a server can compute it. */
  readonly answer?: CompletedUpload | undefined;
  /** When the upload was created, by the server's clock. */
  readonly begunAt?: Date | undefined;
  /** What was at the key just before Complete, where that was looked at. */
  readonly before?: ObjectInfo | 'nothing' | undefined;
  /** Whether the MD5 that the object claims to have is that of the bytes that were sent. Costs another read. */
  readonly hasOurBytes?: ((object: ObjectInfo) => Promise<boolean>) | undefined;
};

/**
 * Headers tell whole seconds, and the Date of an answer is a little later than the moment the server notes for the
 * upload: AWS dates a multipart object by its Create.
 */
const SLACK_MS = 2_000;

/** Compares an object with what it must be, by the strongest that both sides know of its content. */
export function compare(expected: Expected, info: ObjectInfo): Verdict {
  if (info.size !== expected.size)
    return { type: 'other', how: `${info.size} bytes instead of ${expected.size}` };
  const ours = info.stored?.type === 'composite' ? expected.composite : expected.whole;
  for (const [algorithm, value] of entriesOf(info.stored?.sums ?? {})) {
    const mine = ours[algorithm];
    if (mine === undefined) continue;
    if (mine !== value) return { type: 'other', how: `${algorithm} ${value} instead of ${mine}` };
    return { type: 'ours', verified: { by: 'checksum', algorithm, value } };
  }
  const { etag } = info;
  if (etag === undefined || etag !== expected.etag)
    return { type: 'unknown', how: 'neither its checksum nor its ETag can be compared' };
  // The object is made of exactly these parts. Whether those hold the right bytes, their own proofs tell.
  const algorithm = info.opaqueEtag ? null : 'md5';
  return { type: 'ours', verified: byEtag(expected, etag, algorithm) };
}

/**
 * Judges an object after Complete. Content that agrees is proof. Where none can be compared, the object must be shown
 * to be this upload's: by the MD5 of the bytes, or by an ETag or version id that Complete answered and that was not
 * there before.
 */
export async function judge(expected: Expected, info: ObjectInfo, evidence: Evidence): Promise<Verdict> {
  const byContent = compare(expected, info);
  if (byContent.type !== 'unknown') return byContent;
  const { etag, opaqueEtag = false } = info;
  if (looksLikeMd5(etag) && !opaqueEtag && evidence.hasOurBytes) {
    // rclone, gofakes3 and S3Proxy give an object of parts the MD5 of all its bytes.
    if (await evidence.hasOurBytes(info)) {
      return isNew(info, evidence)
        ? { type: 'ours', verified: { by: 'etag', algorithm: 'md5', value: etag } }
        : { type: 'unknown', how: 'an object of the same bytes is there, but it may be from before' };
    }
    // Of this server's ETags every part has shown that they are MD5s.
    if (expected.parts === 'etag') return { type: 'other', how: `ETag ${etag} is the MD5 of other bytes` };
  }
  if (etag !== undefined && isMadeByComplete(info, evidence))
    return { type: 'ours', verified: byEtag(expected, etag, null) };
  const answered = evidence.answer?.etag;
  if (answered !== undefined && etag !== undefined && etag !== answered)
    return { type: 'other', how: `ETag ${etag} instead of the ${answered} that was answered` };
  return { type: 'unknown', how: 'nothing the server says of the object there proves that it is this one' };
}

/** Whether this is the id of one version: `null` stands for whatever a bucket without versions holds. */
export function isVersion(versionId: string | undefined): versionId is string {
  return versionId !== undefined && versionId !== '' && versionId !== 'null';
}

function byEtag(expected: Expected, etag: string, algorithm: 'md5' | null): Verified {
  return expected.parts === 'size' ? sizeOnly : { by: 'etag', algorithm, value: etag };
}

/** An ETag or a version that Complete answered, that the key shows now, and that it did not show just before. */
function isMadeByComplete(info: ObjectInfo, evidence: Evidence): boolean {
  const { answer, before } = evidence;
  if (!answer || before === undefined || !isFresh(info, evidence.begunAt)) return false;
  const earlier = before === 'nothing' ? undefined : before;
  const agrees = answer.etag === undefined || answer.etag === info.etag;
  const hasNewEtag = answer.etag !== undefined && answer.etag !== earlier?.etag;
  const hasNewVersion =
    isVersion(answer.versionId) &&
    (info.versionId ?? answer.versionId) === answer.versionId &&
    earlier?.versionId !== answer.versionId;
  return agrees && (hasNewEtag || hasNewVersion);
}

/** Of an object with the right bytes: whether it came after the upload was created. */
function isNew(info: ObjectInfo, { begunAt, before }: Evidence): boolean {
  if (isFresh(info, begunAt)) return true;
  if (before !== undefined && (before === 'nothing' || before.etag !== info.etag)) return true;
  // rclone dates an object by the time that was noted with it, and that is the file's.
  const noted = Number(info.headers?.metadata?.get('mtime'));
  return info.lastModified !== undefined && Math.abs(noted * 1000 - info.lastModified.getTime()) < SLACK_MS;
}

function isFresh({ lastModified }: ObjectInfo, begunAt: Date | undefined): boolean {
  if (!lastModified || !begunAt) return false;
  return lastModified.getTime() + SLACK_MS >= begunAt.getTime();
}
