import * as fc from 'fast-check';
import type { TransferEvent } from '../../src/transfer/events.ts';
import type { Verb } from '../support/memory/calls.ts';
import type { Fault, FaultKind } from '../support/memory/faults.ts';

/** The size of a part in these tests; small, since nothing depends on it. */
export const PART_SIZE = 100;
/** Attempts a part, in these tests. */
export const ATTEMPTS = 4;

/** What a transfer moves and within which limits. */
export type World = {
  readonly size: number;
  readonly concurrency: number;
  readonly maxMemory: number;
  readonly echoes: boolean;
  /** Milliseconds each way, in turn: other ones, other interleavings. */
  readonly latencies: readonly number[];
};

/** Sizes from nothing to six parts, mostly around the edges of parts. */
const sizes = fc
  .oneof(
    fc
      .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: -1, max: 1 }))
      .map(([parts, off]) => parts * PART_SIZE + off),
    fc.integer({ min: 0, max: 6 * PART_SIZE }),
  )
  .map((size) => Math.max(0, size));

export const worlds: fc.Arbitrary<World> = fc.record({
  size: sizes,
  concurrency: fc.integer({ min: 1, max: 8 }),
  maxMemory: fc.integer({ min: PART_SIZE, max: 9 * PART_SIZE }),
  echoes: fc.boolean(),
  latencies: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 7 }),
});

/** Latencies as a function, one after the other and again from the first. */
export function inTurn(latencies: readonly number[]): () => number {
  let turn = 0;
  return () => latencies[turn++ % latencies.length] ?? 0;
}

/** Faults that pass: no request fails so often that its attempts are used up. */
const PASSING: readonly FaultKind[] = ['network-away', 'network-again', 'throttled', 'server'];
const ACTING: readonly FaultKind[] = ['lost-reply', 'lost-in-server'];

function faultsOf(
  op: Verb,
  kinds: readonly FaultKind[],
  parts: readonly (number | undefined)[],
  nth: fc.Arbitrary<number | undefined>,
): fc.Arbitrary<Fault> {
  return fc.record({
    op: fc.constant(op),
    kind: fc.constantFrom(...kinds),
    part: fc.constantFrom(...parts),
    nth,
  });
}

const PARTS = [1, 2, 3, 4, 5, 6];
const FIRST_FEW = fc.integer({ min: 1, max: ATTEMPTS - 1 });
const FIRST_TWO = fc.integer({ min: 1, max: 2 });
/** One of the first few, or all of them. */
const ANY = fc.option(FIRST_FEW, { nil: undefined });

/** Finitely many faults for an upload, each within the attempts of its request. */
export const passingPutFaults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: faultsOf('uploadPart', [...PASSING, ...ACTING], PARTS, FIRST_FEW) },
    faultsOf('uploadPart', ['corrupt-stored'], PARTS, FIRST_TWO),
    faultsOf('put', [...PASSING, ...ACTING], [undefined], FIRST_FEW),
    faultsOf('put', ['corrupt-stored'], [undefined], FIRST_TWO),
    faultsOf('beginUpload', PASSING, [undefined], FIRST_FEW),
    { weight: 2, arbitrary: faultsOf('completeUpload', [...PASSING, ...ACTING], [undefined], FIRST_FEW) },
    faultsOf('stat', PASSING, [undefined], FIRST_TWO),
  ),
  { maxLength: 12 },
);

/** Any faults at all, of one request or of all of a kind; an answer to Create that is lost leaves an orphan. */
export const anyPutFaults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.oneof(
    faultsOf(
      'uploadPart',
      [...PASSING, ...ACTING, 'corrupt-stored', 'denied', 'not-found'],
      [undefined, ...PARTS],
      ANY,
    ),
    faultsOf('put', [...PASSING, ...ACTING, 'corrupt-stored', 'denied'], [undefined], ANY),
    faultsOf('beginUpload', [...PASSING, 'denied', 'unsupported'], [undefined], ANY),
    faultsOf('completeUpload', [...PASSING, ...ACTING, 'denied', 'not-found'], [undefined], ANY),
    faultsOf('stat', [...PASSING, 'denied', 'not-found'], [undefined], ANY),
    faultsOf('abortUpload', [...PASSING, ...ACTING, 'ignored', 'denied'], [undefined], ANY),
    faultsOf('listParts', PASSING, [undefined], ANY),
  ),
  { maxLength: 8 },
);

const OFFSETS = PARTS.map((part) => (part - 1) * PART_SIZE);

/** Finitely many faults for a download, each within the attempts of its request. */
export const passingGetFaults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: faultsOf('read', PASSING, OFFSETS, FIRST_FEW) },
    faultsOf('read', ['short', 'long'], OFFSETS, FIRST_TWO),
    faultsOf('stat', PASSING, [undefined], FIRST_FEW),
    faultsOf('partSize', PASSING, [undefined], FIRST_FEW),
  ),
  { maxLength: 12 },
);

/** Any faults of a download, wrong bytes among them. */
export const anyGetFaults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.oneof(
    faultsOf(
      'read',
      [...PASSING, 'short', 'long', 'corrupt-stored', 'denied', 'not-found'],
      [undefined, ...OFFSETS],
      ANY,
    ),
    faultsOf('stat', [...PASSING, 'denied', 'not-found'], [undefined], ANY),
  ),
  { maxLength: 6 },
);

/** What the progress of a transfer breaks, if anything: it may only fall where a part is begun again. */
export function brokenProgress(events: readonly TransferEvent[]): string | undefined {
  const parts = new Map<number, { size: number; bytes: number; isDone: boolean }>();
  for (const event of events) {
    if (event.type === 'part.started') {
      if (parts.get(event.part)?.isDone) return `part ${event.part} was begun again after it was done`;
      parts.set(event.part, { size: event.size, bytes: 0, isDone: false });
    } else if (event.type === 'part.progress' || event.type === 'part.done') {
      const part = parts.get(event.part);
      if (!part) return `${event.type} of part ${event.part}, which was never begun`;
      if (event.bytes < part.bytes)
        return `part ${event.part} fell from ${part.bytes} to ${event.bytes} bytes`;
      if (event.bytes > part.size) return `part ${event.part} has ${event.bytes} of ${part.size} bytes`;
      parts.set(event.part, { ...part, bytes: event.bytes, isDone: event.type === 'part.done' });
    } else if (event.type === 'transfer.done') {
      const moved = [...parts.values()].reduce((sum, part) => sum + (part.isDone ? part.size : 0), 0);
      if (moved !== event.bytes) return `done with ${moved} of ${event.bytes} bytes`;
    }
  }
  return undefined;
}

/** The claims that do not hold. */
export function brokenOf(claims: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(claims).filter((claim) => claims[claim] !== true);
}

/** Whether a transfer said once how it ended, and nothing after. */
export function endsWith(
  events: readonly TransferEvent[],
  type: 'transfer.done' | 'transfer.stopped',
): boolean {
  const said = events.flatMap((event) => ('transfer' in event ? [event.type] : []));
  const endings = said.filter((one) => one === 'transfer.done' || one === 'transfer.stopped');
  return endings.length === 1 && said.at(-1) === type;
}
