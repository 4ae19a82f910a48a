import { PassThrough } from 'node:stream';
import { Chalk } from 'chalk';
import { openConsole } from '../../src/cli/console.ts';
import { describeFate, describeOrphan, linesOf } from '../../src/cli/explain.ts';
import type { GlobalFlags } from '../../src/cli/flags.ts';
import { describeAction, encodeAction } from '../../src/report/actions.ts';
import { assignLines, drawFrame, listFlights } from '../../src/report/frame.ts';
import { describeLeftover, encodeLeftover } from '../../src/report/leftovers.ts';
import { describeListing, encodeListing, type ListingLine } from '../../src/report/listing.ts';
import { foldProgress, nothingYet } from '../../src/report/progress.ts';
import { resultOfFailure } from '../../src/report/results.ts';
import { totalProgress } from '../../src/report/totals.ts';
import { DownloadStoppedError } from '../../src/transfer/download.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { TransferEvent } from '../../src/transfer/events.ts';
import { UploadStoppedError } from '../../src/transfer/tidy-up.ts';

const date = new Date(0);

/** Every event, with foreign text wherever one has any. */
function everyEvent(text: string): TransferEvent[] {
  const id = { transfer: '1' };
  const verified = { by: 'checksum', algorithm: 'crc32', value: text } as const;
  const planned = {
    size: 9,
    partSize: 9,
    parts: 1,
    resumedParts: 0,
    resumedBytes: 0,
    notResumedBecause: text,
  };
  return [
    { type: 'transfer.planned', ...id, direction: 'put', from: text, to: `s3://b/${text}`, ...planned },
    { type: 'upload.begun', ...id, uploadId: text },
    { type: 'part.started', ...id, part: 1, size: 9, attempt: 1 },
    { type: 'part.progress', ...id, part: 1, bytes: 3 },
    { type: 'part.retrying', ...id, part: 1, attempt: 1, delayMs: 1, kind: 'network', reason: text },
    { type: 'part.hedged', ...id, part: 1, afterMs: 1 },
    { type: 'endpoint.away', delayMs: 1, reason: text },
    { type: 'endpoint.back', awayMs: 1 },
    { type: 'pace.changed', lanes: 2, because: text },
    { type: 'upload.orphaned', ...id, bucket: 'b', key: text, uploadId: text },
    { type: 'part.done', ...id, part: 1, bytes: 9 },
    { type: 'upload.over', ...id, uploadId: text },
    { type: 'transfer.stopped', ...id, kind: 'server', reason: text },
    { type: 'transfer.done', ...id, bytes: 9, elapsedMs: 1, etag: text, verified },
  ];
}

function everyListing(text: string): ListingLine[] {
  const names = { key: text, etag: text, storageClass: text, versionId: text, checksumAlgorithm: text };
  return [
    {
      type: 'object',
      ...names,
      lastModified: date,
      size: 1,
      stored: { type: 'full-object', sums: { crc32: text } },
    },
    { type: 'object', ...names, isLatest: true },
    { type: 'delete-marker', key: text, versionId: text },
    { type: 'prefix', prefix: text },
    { type: 'bucket', name: text, created: date },
    { type: 'upload', key: text, uploadId: text, initiated: date },
    { type: 'part', number: 1, etag: text },
  ];
}

function framesOf(text: string): string[] {
  const events = everyEvent(text).slice(0, 4);
  const progress = events.reduce(foldProgress, nothingYet);
  const view = { progress, totals: totalProgress(progress), samples: [], columns: 80 };
  return drawFrame({ ...view, flights: assignLines([], listFlights(progress), 2) }, new Chalk({ level: 0 }));
}

/** What a console writes when all it can be told is foreign text. */
async function consoleLines(text: string, flags: GlobalFlags): Promise<string[]> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const written: string[] = [];
  for (const stream of [stdout, stderr]) stream.on('data', (chunk) => written.push(String(chunk)));
  const console = await openConsole({ flags, stdout, stderr, env: {}, onReaderGone: () => undefined });
  for (const event of everyEvent(text)) console.emit(event);
  console.note(text);
  console.detail(text);
  console.warn(text);
  const cause = new TransferError('server', text, { code: text, requestId: text, hint: text });
  for (const error of [cause, new Error(text, { cause })]) console.error(error);
  const again = { command: ['put', text], connection: ['--profile', text] };
  const upload = { bucket: 'b', key: text, uploadId: text, state: 'kept', stored: undefined } as const;
  const partial = { path: text, parts: 1, of: 2, bytes: 1 };
  const fates = [new UploadStoppedError(cause, upload), new DownloadStoppedError(cause, partial)].flatMap(
    (error) => describeFate(error, again),
  );
  for (const line of [...linesOf(fates, again), ...describeOrphan(upload, again.connection)])
    console.verbatim(line);
  for (const target of [text, '-'])
    await console.result(
      resultOfFailure(
        { operation: 'get', source: text, target },
        'skipped',
        cause.code === undefined ? null : { kind: 'server', code: text, message: text, requestId: text },
        { etag: text, versionId: text, uploadId: text },
      ),
    );
  await console.finish(1, cause, { text });
  return written.join('').split('\n');
}

/** Everything the program can print about a text, as lines: results, listings, events, errors, commands and bars. */
export async function everyOutput(
  text: string,
): Promise<{ readonly json: string[]; readonly plain: string[] }> {
  const action = { action: 'kept', reason: text, key: text, uploadId: text } as const;
  const upload = { ...action, initiated: date, lastActivity: date, parts: 1, bytes: 1 };
  const file = { path: text, kind: 'partial', bytes: 1, lastActivity: date } as const;
  const listing = everyListing(text);
  const ways = [{}, { long: true }, { versions: true, long: true, human: true }];
  const verbose = { verbose: 2, debug: true } as const;
  return {
    json: [
      ...listing.map(encodeListing),
      encodeAction(upload),
      encodeLeftover(file, 'kept'),
      ...(await consoleLines(text, { ...verbose, json: true, progress: 'json' })),
    ],
    plain: [
      ...ways.flatMap((way) => listing.map((line) => describeListing(line, way))),
      describeAction(upload, text),
      describeLeftover(file, 'kept'),
      ...framesOf(text),
      ...(await consoleLines(text, { ...verbose, progress: 'lines' })),
      ...(await consoleLines(text, { ...verbose, progress: 'none' })),
      ...(await consoleLines(text, { quiet: true })),
    ],
  };
}
