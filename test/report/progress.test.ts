import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldProgress, nothingYet, type Progress } from '../../src/report/progress.ts';
import { totalProgress } from '../../src/report/totals.ts';
import type { TransferEvent } from '../../src/transfer/events.ts';
import { readRecording } from './support/recording.ts';

const SIZE = 10;

const transfer = fc.constantFrom('1', '2');
const part = fc.integer({ min: 1, max: 4 });
const bytes = fc.integer({ min: 0, max: 2 * SIZE });
const attempt = fc.integer({ min: 1, max: 3 });
const type = <T extends TransferEvent['type']>(name: T): fc.Arbitrary<T> => fc.constant(name);
const failure = { kind: fc.constant('server' as const), reason: fc.constant('no') };

const aboutPart: fc.Arbitrary<TransferEvent> = fc.oneof(
  fc.record({ type: type('part.started'), transfer, part, size: fc.constant(SIZE), attempt }),
  fc.record({ type: type('part.progress'), transfer, part, bytes }),
  fc.record({ type: type('part.retrying'), transfer, part, attempt, delayMs: fc.constant(1), ...failure }),
  fc.record({ type: type('part.done'), transfer, part, bytes: fc.constant(SIZE) }),
);

const planned: fc.Arbitrary<TransferEvent> = fc.record({
  type: type('transfer.planned'),
  transfer,
  direction: fc.constant('put' as const),
  from: fc.constant('a'),
  to: fc.constant('s3://b/a'),
  size: fc.constant(3 * SIZE),
  partSize: fc.constant(SIZE),
  parts: fc.constant(3),
  resumedParts: fc.constant(1),
  resumedBytes: fc.constant(SIZE),
});

const aboutTransfer: fc.Arbitrary<TransferEvent> = fc.oneof(
  planned,
  fc.record({ type: type('transfer.completing'), transfer }),
  fc.record({
    type: type('transfer.done'),
    transfer,
    bytes: fc.constant(3 * SIZE),
    elapsedMs: fc.constant(1),
    etag: fc.constant(null),
    verified: fc.constant({ by: 'size', algorithm: null, value: null } as const),
  }),
  fc.record({ type: type('transfer.stopped'), transfer, ...failure }),
);

/** Any events about a few transfers and parts, in any order: also ones that no engine would send. */
const anyEvent = fc.oneof({ weight: 9, arbitrary: aboutPart }, { weight: 1, arbitrary: aboutTransfer });
const anyEvents = fc
  .tuple(planned, fc.array(anyEvent, { maxLength: 100, size: 'max' }))
  .map(([first, rest]) => [first].concat(rest));

/** A transfer may begin anew, and a part that failed does: only then may bytes fall. */
function mayFall(event: TransferEvent): boolean {
  return event.type === 'part.retrying' || event.type === 'part.started' || event.type === 'transfer.planned';
}

function freeze(progress: Progress): Progress {
  Object.freeze(progress.live);
  for (const transfer of progress.live.values()) Object.freeze(transfer);
  return Object.freeze(progress);
}

describe('the fold of events', () => {
  it('shows bytes that never exceed the size and never fall but by a failed part', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let progress = nothingYet;
        for (const event of events) {
          const before = totalProgress(progress);
          progress = foldProgress(progress, event);
          const { bytes, size, percent, transfers, done } = totalProgress(progress);
          expect(bytes).toBeLessThanOrEqual(size ?? Number.POSITIVE_INFINITY);
          if (!mayFall(event)) expect(bytes).toBeGreaterThanOrEqual(before.bytes);
          expect(percent === 100).toBe(transfers > 0 && done === transfers);
        }
      }),
    );
  });

  it('leaves every earlier picture as it was', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        let progress = freeze(nothingYet);
        for (const event of events) {
          const before = structuredClone(progress);
          const after = freeze(foldProgress(progress, event));
          expect(progress).toEqual(before);
          progress = after;
        }
      }),
    );
  });

  it('holds what is in flight and no more', () => {
    let progress = nothingYet;
    let most = 0;
    for (const { event } of readRecording('put-many-files')) {
      progress = foldProgress(progress, event);
      most = Math.max(most, progress.live.size);
    }
    expect(most).toBe(2);
    expect(progress.live.size).toBe(0);
    expect(progress.ended).toMatchObject({ done: 3, stopped: 1, retries: 1 });
  });

  it('counts retries, resumed parts and the pace', () => {
    const [first, ...rest] = readRecording('get-resumed');
    expect(first?.event.type).toBe('transfer.planned');
    let progress = first === undefined ? nothingYet : foldProgress(nothingYet, first.event);
    expect(totalProgress(progress)).toMatchObject({ bytes: 24 * 1024 ** 2, percent: 60 });
    for (const { event } of rest) progress = foldProgress(progress, event);
    expect(totalProgress(progress)).toMatchObject({
      percent: 100,
      resumedBytes: 24 * 1024 ** 2,
      partsInFlight: 0,
    });
    expect(foldProgress(progress, { type: 'pace.changed', lanes: 3, because: '' }).lanes).toBe(3);
  });

  it('knows whether the endpoint is away', () => {
    const away = foldProgress(nothingYet, { type: 'endpoint.away', delayMs: 5, reason: 'refused' });
    expect(away.away).toEqual({ delayMs: 5, reason: 'refused' });
    expect(foldProgress(away, { type: 'endpoint.back', awayMs: 5 }).away).toBeNull();
  });

  it('does not fall when a meter does, and starts at nothing when a part does', () => {
    const events = readRecording('put-one-file').map(({ event }) => event);
    const moving = events.slice(0, 5).reduce(foldProgress, nothingYet);
    const shown = (event: TransferEvent): number => totalProgress(foldProgress(moving, event)).bytes;
    expect(totalProgress(moving).bytes).toBe(4 * 1024 ** 2);
    expect(shown({ type: 'part.progress', transfer: '1', part: 1, bytes: 5 })).toBe(4 * 1024 ** 2);
    expect(shown({ type: 'part.started', transfer: '1', part: 1, size: 8 * 1024 ** 2, attempt: 1 })).toBe(0);
  });

  it('does not believe a meter that reports after its attempt failed', () => {
    const events = readRecording('put-one-file').map(({ event }) => event);
    const failed = events.slice(0, events.findIndex(({ type }) => type === 'part.retrying') + 1);
    const progress = failed.reduce(foldProgress, nothingYet);
    const late = foldProgress(progress, { type: 'part.progress', transfer: '1', part: 2, bytes: 5 });
    expect(totalProgress(late).bytes).toBe(totalProgress(progress).bytes);
  });
});
