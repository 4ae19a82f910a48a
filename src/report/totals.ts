import { type Progress, shownBytes } from './progress.ts';

/** A run in numbers: all of its transfers that are known so far. */
export type Totals = {
  readonly transfers: number;
  readonly done: number;
  readonly bytes: number;
  /** `null` while a stream of unknown length is under way. */
  readonly size: number | null;
  readonly resumedBytes: number;
  readonly retries: number;
  readonly partsInFlight: number;
  /** 100 only when every transfer is done; `null` for an unknown size. */
  readonly percent: number | null;
};

/** Computes the totals of a run; nothing is accumulated, so nothing can drift. */
export function totalProgress({ live, ended }: Progress): Totals {
  let { bytes, resumedBytes, retries } = ended;
  let size: number | null = ended.size;
  let partsInFlight = 0;
  for (const transfer of live.values()) {
    bytes += shownBytes(transfer);
    resumedBytes += transfer.resumedBytes;
    retries += transfer.retries;
    partsInFlight += transfer.active.size;
    size = size === null || transfer.size === null ? null : size + transfer.size;
  }
  const transfers = ended.done + ended.stopped + live.size;
  const isDone = transfers > 0 && ended.done === transfers;
  const percent = size === null ? null : percentOf(bytes, size, isDone);
  return { transfers, done: ended.done, bytes, size, resumedBytes, retries, partsInFlight, percent };
}

function percentOf(bytes: number, size: number, isDone: boolean): number {
  if (isDone) return 100;
  return size === 0 ? 0 : Math.min(99, Math.floor((bytes / size) * 100));
}
