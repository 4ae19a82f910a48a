import { interruption, throwIfAborted, TransferError } from '../../../src/transfer/errors.ts';
import type { Range } from '../../../src/transfer/ports.ts';
import { failureOf, type FaultKind } from './faults.ts';
import { type Network, untilAborted } from './requests.ts';
import type { MemoryObject } from './state.ts';

export type ReadOptions = {
  readonly signal: AbortSignal;
  readonly etag: string | undefined;
  readonly chunkSize: number;
};

/** Streams a range of one version of an object; every chunk is overwritten once the next is asked for. */
export async function* readMemory(
  { calls, faults, clock, latencyMs }: Network,
  find: () => MemoryObject,
  range: Range,
  { signal, etag, chunkSize }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  throwIfAborted(signal);
  const about = { verb: 'read', subject: range.start } as const;
  const over = calls.begin(about);
  const what = `read ${range.start}`;
  let failure: unknown;
  try {
    const fault = faults.next(about);
    if (fault === 'silent') await untilAborted(signal);
    await clock.sleep(latencyMs(), { signal });
    // Broken off means: after some of the bytes have come.
    const refusal = fault && fault !== 'network-again' && failureOf(fault, false, what);
    if (refusal) throw refusal;
    const object = find();
    if (etag !== undefined && object.etag !== etag)
      throw new TransferError('changed', `${what}: another one`);
    if (range.start >= object.bytes.byteLength) {
      throw new TransferError('changed', `${what}: no such range`, { status: 416 });
    }
    const answer = answerOf(object, range, fault);
    const buffer = new Uint8Array(chunkSize);
    for (let at = 0; at < answer.byteLength; at += chunkSize) {
      await clock.sleep(latencyMs(), { signal });
      const piece = answer.subarray(at, at + chunkSize);
      buffer.set(piece);
      yield buffer.subarray(0, piece.byteLength);
      buffer.fill(0xaa);
      if (signal.aborted) throw interruption(signal);
    }
    const lost = fault && (failureOf(fault, false, what) ?? failureOf(fault, true, what));
    if (lost) throw lost;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    over(failure);
  }
}

function answerOf({ bytes }: MemoryObject, { start, end }: Range, fault: FaultKind | undefined): Uint8Array {
  const asked = bytes.slice(start, end);
  const half = asked.byteLength >> 1;
  if (fault === 'short' || fault === 'network-again') return asked.subarray(0, half);
  if (fault === 'long') return new Uint8Array([...asked, 0]);
  if (fault === 'corrupt-stored') asked[half] = (asked[half] ?? 0) ^ 0x01;
  return asked;
}
