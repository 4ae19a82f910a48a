import type { Outcome, Run } from './contest.ts';

/** The medians of a contestant's runs. */
export type Figures = {
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakMebibytes: number;
  readonly requests: number;
  readonly connections: number;
};

/** `undefined` when no run counts. */
export function figuresOf({ runs, failed }: Outcome): Figures | undefined {
  if (failed !== undefined || runs.length === 0) return undefined;
  const of = (figure: (run: Run) => number): number => median(runs.map(figure));
  return {
    cpuSeconds: of(({ userSeconds, systemSeconds }) => userSeconds + systemSeconds),
    wallSeconds: of(({ wallSeconds }) => wallSeconds),
    peakMebibytes: of(({ peakBytes }) => peakBytes / 1024 ** 2),
    requests: of(({ requests }) => requests),
    connections: of(({ connections }) => connections),
  };
}

/** The middle one, or the mean of the middle two. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = NaN, high = NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return (low + high) / 2;
}
