import { formatBytes, formatCount } from '../../report/units.ts';
import type { Engine } from '../../transfer/engine.ts';
import { detailsOf, TransferError } from '../../transfer/errors.ts';
import { inOrder } from '../../transfer/in-order.ts';
import { listUploads } from '../../transfer/list.ts';
import type { UnfinishedUpload } from '../../transfer/ports.ts';
import { inspectUpload, type InspectedUpload } from '../../transfer/unfinished.ts';
import type { Context } from '../context.ts';
import { quoteForShell } from '../quote.ts';
import { liesUnder, parseObject } from '../locations.ts';
import { type CommandEnd } from '../shape.ts';
import { collectUploads, discard, type UploadOutcome, type UploadOutcomes } from '../upload-outcomes.ts';
import type { AbortFlags } from '../commands/abort.ts';

const HOUR_MS = 3_600_000;
/** Uploads that are looked at or aborted at a time. */
const LANES = 8;

/** Runs `abort`. */
export async function abort(
  words: readonly string[],
  flags: AbortFlags,
  context: Context,
): Promise<CommandEnd> {
  const { console, signal } = context;
  const location = parseObject(words[0] ?? '', undefined);
  checkFlags(words, flags, location.key);
  const engine = await context.connect({ bucket: location.bucket });
  const outcomes = collectUploads(console);
  const dryRun = flags.dryRun ?? false;

  const uploads =
    flags.uploadId === undefined
      ? await findUploads(engine, location, flags, signal)
      : [await named(engine, { ...location, uploadId: flags.uploadId }, context)];
  if (flags.uploadId === undefined) await checkChoice(uploads, location, flags, context);
  const abortAll = async (chosen: readonly Candidate[]): Promise<void> =>
    await inOrder(
      chosen,
      LANES,
      new AbortController().signal,
      async (upload): Promise<UploadOutcome | undefined> => {
        // A signal lets none begin; those that are under way end by themselves.
        if (signal.aborted) return undefined;
        if (upload.gone) return { upload, action: 'gone', reason: 'the server does not know this upload' };
        return await discard(engine, upload, { dryRun, signal });
      },
      async (outcome) => {
        if (outcome) await outcomes.record(outcome);
      },
    );
  await abortAll(uploads);
  const wasAll = flags.all && !dryRun && uploads.length > 0;
  if (wasAll) await abortOthers(engine, location, flags, uploads, { signal, outcomes, abortAll });
  if (uploads.length === 0) console.note(`s3://${location.bucket}/${location.key} has no unfinished uploads`);
  if (dryRun) console.note('dry run: nothing was changed');
  return { exitCode: outcomes.exitCode(), totals: outcomes.totals() };
}

/**
 * Lists again until no upload is left but those that were aborted: one listing is not believed to name them all, since
 * S3Mock ends it after a thousand.
 */
async function abortOthers(
  engine: Engine,
  location: { bucket: string; key: string },
  flags: AbortFlags,
  first: readonly Candidate[],
  how: {
    readonly signal: AbortSignal;
    readonly outcomes: UploadOutcomes;
    readonly abortAll: (chosen: readonly Candidate[]) => Promise<void>;
  },
): Promise<void> {
  const { signal, outcomes, abortAll } = how;
  const seen = new Set(first.map(({ uploadId }) => uploadId));
  // What was begun meanwhile may be running.
  const isMeant = (upload: Candidate): boolean => flags.force === true || !isRecent(upload);
  while (!signal.aborted) {
    const found = await findUploads(engine, location, flags, signal);
    const others = found.filter(({ uploadId }) => !seen.has(uploadId));
    if (others.length === 0) return;
    for (const { uploadId } of others) seen.add(uploadId);
    for (const upload of others.filter((one) => !isMeant(one)))
      await outcomes.record({ upload, action: 'kept', reason: 'active within the last hour' });
    await abortAll(others.filter(isMeant));
  }
}

function usage(message: string, hint?: string): TransferError {
  return new TransferError('usage', message, { hint });
}

function checkFlags(words: readonly string[], flags: AbortFlags, key: string): void {
  if (words.length > 1) throw usage('abort takes one location');
  if (flags.uploadId === '') throw usage('--upload-id is empty; is a variable not set?');
  if (flags.uploadId !== undefined && flags.all) throw usage('--upload-id and --all contradict each other');
  if (flags.recursive && !flags.all)
    throw usage('-r aborts every upload under a prefix', 'Say so: abort -r --all s3://bucket/prefix/');
  if (!flags.recursive && (key === '' || key.endsWith('/'))) {
    throw usage(
      'abort needs the whole key',
      'To abort everything under a prefix: abort -r --all s3://bucket/prefix/',
    );
  }
}

type Candidate = InspectedUpload & { readonly gone?: boolean };

/** An upload given by its id is not looked for in listings: those are late, or refused. */
async function named(
  engine: Engine,
  handle: { bucket: string; key: string; uploadId: string },
  context: Context,
): Promise<Candidate> {
  const bare = { ...handle, initiated: undefined, listedAt: undefined };
  const inspected = await inspectUpload(engine, bare, context.signal);
  if (inspected) return inspected;
  await mustHaveBucket(engine, handle, context.signal);
  context.console.note(
    `upload ${handle.uploadId} is not known to the server: aborted before, or never there`,
  );
  return { ...bare, parts: null, bytes: null, lastActivity: undefined, gone: true };
}

/**
 * MinIO says of an upload in a bucket that is not there only that it does not know the upload.
 * @throws TransferError `not-found`
 */
async function mustHaveBucket(
  engine: Engine,
  { bucket, key }: { bucket: string; key: string },
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const _ of listUploads(engine, bucket, key, { signal })) return;
  } catch (error) {
    // Who may not list still may abort.
    if (error instanceof TransferError && error.code !== 'NoSuchBucket') return;
    throw error;
  }
}

async function findUploads(
  engine: Engine,
  { bucket, key }: { bucket: string; key: string },
  flags: AbortFlags,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const found: Candidate[] = [];
  const isMeant = (upload: UnfinishedUpload): boolean =>
    flags.recursive ? liesUnder(upload.key, key) : upload.key === key;
  try {
    await inOrder(
      listUploads(engine, bucket, key, { signal }),
      LANES,
      signal,
      async (upload, inner) => (isMeant(upload) ? await inspectUpload(engine, upload, inner) : undefined),
      async (inspected) => {
        if (inspected) found.push(inspected);
      },
    );
    return found;
  } catch (error) {
    if (!(error instanceof TransferError) || error.kind !== 'unsupported') throw error;
    // What cannot be listed can still be named.
    const hint = 'This server does not list unfinished uploads: name the one you mean with --upload-id.';
    throw new TransferError(error.kind, error.message, { ...detailsOf(error), hint });
  }
}

/** @throws TransferError `usage` where the request does not say enough to destroy anything */
async function checkChoice(
  uploads: readonly Candidate[],
  { bucket, key }: { bucket: string; key: string },
  flags: AbortFlags,
  { console }: Context,
): Promise<void> {
  const location = `s3://${bucket}/${key}`;
  if (!flags.all && uploads.length > 1) {
    const outcomes = collectUploads(console);
    for (const upload of uploads) await outcomes.record({ upload, action: 'kept', reason: 'not chosen' });
    throw new TransferError(
      'usage',
      `${location} has ${uploads.length} unfinished uploads; nothing was aborted`,
      {
        hint: `Choose one: partwise abort ${quoteForShell(location) ?? 'LOCATION'} --upload-id ID; or all of them: --all`,
      },
    );
  }
  if (!flags.all) return;
  const bytes = uploads.reduce((sum, upload) => sum + (upload.bytes ?? 0), 0);
  const many = `unfinished ${uploads.length === 1 ? 'upload' : 'uploads'}`;
  if (uploads.length > 0) console.note(`${formatCount(uploads.length)} ${many}, ${formatBytes(bytes)}`);
  if (flags.recursive && key === '' && !flags.force && !flags.dryRun) {
    throw usage(
      'this would abort every unfinished upload of the bucket; nothing was aborted',
      'Look first with -n; if it is meant, add --force.',
    );
  }
  const recent = uploads.filter((upload) => isRecent(upload)).length;
  if (recent > 0 && !flags.force && !flags.dryRun) {
    throw new TransferError(
      'usage',
      `${recent} of them had activity in the last hour and may still be running; nothing was aborted`,
      {
        hint: 'Look with -n; if it is meant, add --force.',
      },
    );
  }
}

/** Active within the last hour by either clock, or nobody knows when. */
function isRecent({ lastActivity, listedAt }: Candidate): boolean {
  if (!lastActivity) return true;
  const now = Math.min(Date.now(), listedAt?.getTime() ?? Number.POSITIVE_INFINITY);
  return now - lastActivity.getTime() < HOUR_MS;
}
