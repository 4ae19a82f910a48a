import { describeAction, encodeAction, type UploadAction } from '../report/actions.ts';
import { discardUpload } from '../transfer/discard.ts';
import type { Engine } from '../transfer/engine.ts';
import type { InspectedUpload } from '../transfer/unfinished.ts';
import type { Console, Totals } from './console.ts';
import { exitCodeOf, exitCodeOfItems } from './exit-codes.ts';

/** Prints what becomes of each unfinished upload, and counts it. */
export type UploadOutcomes = {
  record(upload: InspectedUpload, action: UploadAction['action'], reason?: string): Promise<void>;
  /** Aborts the upload, or says that it would. */
  discard(
    engine: Engine,
    upload: InspectedUpload,
    options: { readonly dryRun: boolean; readonly signal: AbortSignal },
  ): Promise<void>;
  /** Counts a failure, says it, and keeps the upload. */
  fail(upload: InspectedUpload, error: unknown): Promise<void>;
  count(action: UploadAction['action']): number;
  /** Bytes and parts of the uploads that were aborted, or would have been. */
  freed(): { readonly parts: number; readonly bytes: number };
  exitCode(): number;
  totals(): Totals;
};

/** Collects the outcomes of one abort or cleanup. */
export function collectUploads(console: Console): UploadOutcomes {
  const counts = new Map<UploadAction['action'], number>();
  const failures: number[] = [];
  const freed = { parts: 0, bytes: 0 };
  const count = (action: UploadAction['action']): number => counts.get(action) ?? 0;
  const record: UploadOutcomes['record'] = async (upload, action, reason = '') => {
    counts.set(action, count(action) + 1);
    if (action === 'aborted' || action === 'would-abort') {
      freed.parts += upload.parts ?? 0;
      freed.bytes += upload.bytes ?? 0;
    }
    const line = { ...upload, action, reason };
    await console.item(console.isJson ? encodeAction(line) : describeAction(line, upload.bucket));
  };
  const fail: UploadOutcomes['fail'] = async (upload, error) => {
    failures.push(exitCodeOf(error));
    console.error(error);
    await record(upload, 'failed', error instanceof Error ? error.message : String(error));
  };
  return {
    record,
    fail,
    count,
    async discard(engine, upload, { dryRun, signal }) {
      if (dryRun) {
        await record(upload, 'would-abort');
        return;
      }
      try {
        await record(upload, await discardUpload(engine, upload, signal));
      } catch (error) {
        await fail(upload, error);
      }
    },
    freed: () => ({ ...freed }),
    exitCode: () => exitCodeOfItems(count('aborted') + count('gone') + count('would-abort'), failures),
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
