import { maxFilesAtATime } from '../local/open-files.ts';
import { resultOfFailure, resultOfTransfer } from '../report/results.ts';
import { safeText } from '../report/safe-text.ts';
import { formatBytes } from '../report/units.ts';
import { DownloadStoppedError } from '../transfer/download.ts';
import { TransferError } from '../transfer/errors.ts';
import type { Direction } from '../transfer/events.ts';
import { inParallel } from '../transfer/parallel.ts';
import type { TransferResult } from '../transfer/result.ts';
import { UploadStoppedError } from '../transfer/tidy-up.ts';
import type { Console } from './console.ts';
import { exitCodeOf, exitCodeOfItems } from './exit-codes.ts';
import { type Again, describeFate, type Fate, jsonError, linesOf } from './explain.ts';
import type { CommandEnd } from './shape.ts';

/** One thing a command was asked to move. */
export type Item = { readonly operation: Direction; readonly source: string; readonly target: string };

/** What came of the items of one command, and what its end is worth. */
export type Outcomes = {
  done(result: TransferResult): Promise<void>;
  /** Left out on purpose, with the reason: no failure. */
  skipped(item: Item, reason: string): Promise<void>;
  failed(item: Item, error: unknown): Promise<void>;
  /** A dry run would move it, with so many bytes where that is known. */
  would(item: Item, bytes: number | null): Promise<void>;
  /** Sums up: how the command ended. */
  end(): CommandEnd;
};

function statusOf(error: unknown): 'kept' | 'aborted' | 'failed' {
  if (error instanceof DownloadStoppedError) return 'kept';
  const state = error instanceof UploadStoppedError ? error.upload.state : 'left';
  return state === 'left' || state === 'gone' ? 'failed' : state;
}

/** Prints every outcome as it comes and counts it. `again` is the command that takes up what was kept. */
export function collectOutcomes(console: Console, again: Again): Outcomes {
  const failures: number[] = [];
  const fates: Fate[] = [];
  let lastError: unknown;
  let saidInterrupted = false;
  let done = 0;
  let skipped = 0;
  let bytes = 0;
  return {
    async done(result) {
      done++;
      bytes += result.bytes;
      await console.result(resultOfTransfer(result));
    },
    async skipped(item, reason) {
      skipped++;
      await console.result(
        resultOfFailure(item, 'skipped', {
          kind: 'precondition',
          code: null,
          message: reason,
          requestId: null,
        }),
      );
    },
    async would(item, size) {
      done++;
      bytes += size ?? 0;
      if (console.isJson) await console.result(resultOfFailure(item, 'skipped', null, { bytes: size }));
      else
        await console.item(
          `would ${item.operation} ${safeText(item.source)} → ${safeText(item.target)}  ${formatBytes(size)}`,
        );
    },
    async failed(item, error) {
      failures.push(exitCodeOf(error));
      lastError = error;
      const fate = error instanceof UploadStoppedError ? error.upload : undefined;
      const status = statusOf(error);
      // A signal ends many items at once, and is said once.
      const isNews = !(error instanceof TransferError && error.kind === 'interrupted' && saidInterrupted);
      if (isNews) console.error(error);
      saidInterrupted ||= error instanceof TransferError && error.kind === 'interrupted';
      fates.push(...describeFate(error, again));
      await console.result(
        resultOfFailure(item, status, jsonError(error), { uploadId: fate?.uploadId ?? null }),
      );
    },
    end() {
      for (const line of linesOf(fates, again)) console.verbatim(line);
      const totals = { done, skipped, failed: failures.length, bytes };
      if (done + skipped + failures.length > 1) {
        console.note(`${done} done, ${skipped} skipped, ${failures.length} failed; ${formatBytes(bytes)}`);
      }
      return { exitCode: exitCodeOfItems(done + skipped, failures), error: lastError, totals };
    },
  };
}

/**
 * Works on items side by side, each for itself: one that fails does not stop the others, a signal lets none
 * begin. What breaks off the finding of items is the failure of `all`. Where few files may be open, fewer move at
 * the same time than asked for.
 */
export async function eachItem<T>(
  items: Iterable<T> | AsyncIterable<T>,
  options: {
    readonly jobs: number;
    readonly signal: AbortSignal;
    readonly outcomes: Outcomes;
    readonly all: Item;
  },
  work: (item: T) => Promise<void>,
): Promise<void> {
  const { jobs, signal, outcomes, all } = options;
  try {
    const lanes = Math.min(jobs, await maxFilesAtATime());
    await inParallel(items, lanes, new AbortController().signal, async (item) => {
      if (!signal.aborted) await work(item);
    });
  } catch (error) {
    // What came before is done, but nobody knows what is missing.
    await outcomes.failed(all, error);
  }
}
