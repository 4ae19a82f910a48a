import { createProofPolicy, type ProofPolicy } from './checksum.ts';
import type { Journal } from './journal.ts';
import type { CutStream } from './cut-stream.ts';
import type { Hasher, Store } from './ports.ts';
import { type Run, type RunOptions, startRun } from './run.ts';

/** What every transfer works with: a store, how to sum and cut, and the limits that transfers share. */
export type Engine = {
  readonly store: Store;
  readonly hasher: Hasher;
  readonly cut: CutStream;
  /** Without one, nothing is remembered on this machine. */
  readonly journal?: Journal | undefined;
  readonly run: Run;
  readonly proofs: ProofPolicy;
};

/** Puts an engine together; transfers on the same engine share lanes, memory and patience. */
export function createEngine(
  tools: {
    readonly store: Store;
    readonly hasher: Hasher;
    readonly cut: CutStream;
    readonly journal?: Journal | undefined;
  },
  options: RunOptions = {},
): Engine {
  return { ...tools, run: startRun(options), proofs: createProofPolicy(tools.store, tools.hasher) };
}
