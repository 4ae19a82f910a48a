import { readFileSync } from 'node:fs';
import type { TransferEvent } from '../../../src/transfer/events.ts';

/** An event and when it came, in milliseconds from the start of the run. */
export type Recorded = { readonly atMs: number; readonly event: TransferEvent };

/** Reads a recording of events: one JSON object a line. */
export function readRecording(name: string): Recorded[] {
  const text = readFileSync(new URL(`../fixtures/${name}.jsonl`, import.meta.url), 'utf8');
  return text.trimEnd().split('\n').map(parseLine);
}

function parseLine(line: string): Recorded {
  const recorded: Recorded = JSON.parse(line);
  return recorded;
}

/** Plays a recording into `emit`; the clock it hands out shows when the event of the moment came. */
export function createPlayer(recording: readonly Recorded[]): {
  readonly now: () => number;
  readonly play: (emit: (event: TransferEvent) => void) => void;
} {
  let atMs = 0;
  return {
    now: () => atMs,
    play: (emit) => {
      for (const recorded of recording) {
        ({ atMs } = recorded);
        emit(recorded.event);
      }
    },
  };
}
