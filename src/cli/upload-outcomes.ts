import { describeAction, encodeAction, type UploadAction } from '../report/actions.ts';
import { discardUpload } from '../transfer/discard.ts';
import type { Engine } from '../transfer/engine.ts';
import type { InspectedUpload } from '../transfer/unfinished.ts';
import type { Console, Totals } from './console.ts';
import { exitCodeOf, exitCodeOfItems } from './exit-codes.ts';

/** What became of one unfinished upload. */
export type UploadOutcome = {
  readonly upload: InspectedUpload;
  readonly action: UploadAction['action'];
  readonly reason?: string;
  /** Why it failed, and was kept. */
  readonly error?: unknown;
};

/** Prints what becomes of each unfinished upload, and counts it. */
export type UploadOutcomes = {
  record(outcome: UploadOutcome): Promise<void>;
  count(action: UploadAction['action']): number;
  /** Bytes and parts of the uploads that were aborted, or would have been. */
  freed(): { readonly parts: number; readonly bytes: number };
  /** What they end with, together with so many other things that went well, and the codes of those that did not. */
  exitCode(good?: number, failures?: readonly number[]): number;
  totals(): Totals;
};

/** Collects the outcomes of one abort or cleanup. */
export function collectUploads(console: Console): UploadOutcomes {
  const counts = new Map<UploadAction['action'], number>();
  const failures: number[] = [];
  const freed = { parts: 0, bytes: 0 };
  const count = (action: UploadAction['action']): number => counts.get(action) ?? 0;
  return {
    async record({ upload, action, reason = '', error }) {
      counts.set(action, count(action) + 1);
      if (action === 'aborted' || action === 'would-abort') {
        freed.parts += upload.parts ?? 0;
        freed.bytes += upload.bytes ?? 0;
      }
      if (action === 'failed') {
        failures.push(exitCodeOf(error));
        console.error(error);
      }
      const line = { ...upload, action, reason };
      await console.item(console.isJson ? encodeAction(line) : describeAction(line, upload.bucket));
    },
    count,
    freed: () => ({ ...freed }),
    exitCode: (good = 0, more = []) =>
      exitCodeOfItems(good + count('aborted') + count('gone') + count('would-abort'), [...failures, ...more]),
    totals: () => ({
      aborted: count('aborted'),
      wouldAbort: count('would-abort'),
      gone: count('gone'),
      kept: count('kept'),
      failed: failures.length,
      partsFreed: freed.parts,
      bytesFreed: freed.bytes,
    }),
  };
}

/** The outcome of something that was thrown: the upload is kept. */
export function failureOf(upload: InspectedUpload, error: unknown): UploadOutcome {
  return { upload, action: 'failed', reason: error instanceof Error ? error.message : String(error), error };
}

/** Aborts an upload, or says that it would. */
export async function discard(
  engine: Engine,
  upload: InspectedUpload,
  { dryRun, signal }: { readonly dryRun: boolean; readonly signal: AbortSignal },
): Promise<UploadOutcome> {
  if (dryRun) return { upload, action: 'would-abort' };
  try {
    return { upload, action: await discardUpload(engine, upload, signal) };
  } catch (error) {
    return failureOf(upload, error);
  }
}
