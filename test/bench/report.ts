import type { Case } from './case.ts';
import { type Outcome, type Run } from './contest.ts';
import { type Figures, figuresOf } from './figures.ts';
import type { Machine } from './machine.ts';

/** All that a run of the bench found out, as it is written as JSON. */
export type Report = {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly skipped: readonly string[];
  readonly cases: readonly CaseReport[];
};

export type CaseReport = Pick<Case, 'name' | 'payload' | 'bytes'> & {
  readonly contestants: readonly ContestantReport[];
};

export type ContestantReport = {
  readonly name: string;
  readonly version: string;
  /** `null`: it failed. */
  readonly medians: Figures | null;
  /** partwise's medians divided by these: below 1, partwise costs less. */
  readonly partwiseRatio: { readonly cpu: number; readonly wall: number; readonly peak: number } | null;
  readonly failed: string | null;
  readonly runs: readonly Run[];
};

/** The first contestant is the one that the others are compared with. */
export function reportCase({ name, payload, bytes }: Case, outcomes: readonly Outcome[]): CaseReport {
  const own = outcomes.find((outcome) => outcome.name === 'partwise');
  const base = own && figuresOf(own);
  const contestants = outcomes.map((outcome) => {
    const medians = figuresOf(outcome);
    return {
      name: outcome.name,
      version: outcome.version,
      medians: medians ?? null,
      partwiseRatio: base && medians ? ratioOf(base, medians) : null,
      failed: outcome.failed ?? null,
      runs: outcome.runs,
    };
  });
  return { name, payload, bytes, contestants };
}

function ratioOf(own: Figures, other: Figures): NonNullable<ContestantReport['partwiseRatio']> {
  return {
    cpu: own.cpuSeconds / other.cpuSeconds,
    wall: own.wallSeconds / other.wallSeconds,
    peak: own.peakMebibytes / other.peakMebibytes,
  };
}
