import { resultOfFailure, resultOfTransfer } from '../report/results.ts';
import { TransferError } from '../transfer/errors.ts';
import type { Direction } from '../transfer/events.ts';
import type { TransferResult } from '../transfer/result.ts';
import { UploadStoppedError } from '../transfer/tidy-up.ts';
import type { Console, Totals } from './console.ts';
import { exitCodeOf, exitCodeOfItems } from './exit-codes.ts';
import { describeFate, jsonError } from './explain.ts';

/** One thing a command was asked to move. */
export type Item = { readonly operation: Direction; readonly source: string; readonly target: string };

/** What came of the items of one command, and what its end is worth. */
export type Outcomes = {
  done(result: TransferResult): Promise<void>;
  /** Left out on purpose, with the reason: no failure. */
  skipped(item: Item, reason: string): Promise<void>;
  failed(item: Item, error: unknown): Promise<void>;
  exitCode(): number;
  totals(): Totals;
  /** The error of the command, when every item failed the same way. */
  readonly lastError: unknown;
};

/** Prints every outcome as it comes and counts it. */
export function collectOutcomes(console: Console): Outcomes {
  const failures: number[] = [];
  let lastError: unknown;
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
    async failed(item, error) {
      failures.push(exitCodeOf(error));
      lastError = error;
      const fate = error instanceof UploadStoppedError ? error.upload : undefined;
      const status = fate?.state === 'aborted' ? 'aborted' : 'failed';
      console.error(error);
      if (error instanceof UploadStoppedError) console.warn(describeFate(error));
      await console.result(
        resultOfFailure(item, status, jsonError(error), { uploadId: fate?.uploadId ?? null }),
      );
    },
    exitCode: () => exitCodeOfItems(done + skipped, failures),
    totals: () => ({ done, skipped, failed: failures.length, bytes }),
    get lastError() {
      return lastError;
    },
  };
}

/** Whether the command should stop altogether: a signal, or a reader that went away. */
export function isOver(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof TransferError && error.kind === 'interrupted');
}
