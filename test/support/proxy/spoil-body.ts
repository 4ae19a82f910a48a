import { BreakOff, pause, waitForEver } from './break-off.ts';
import type { OpenLine } from './request-log.ts';
import type { Action, Direction } from './rule.ts';
import { sendSignal } from './send-signal.ts';

/** The bytes of a body, as they come. */
export type Body = AsyncIterable<Buffer>;

/** What faults of a body need to know of the exchange. */
export type Surroundings = { readonly line: OpenLine; readonly gone: AbortSignal };

/** Passes a body on as the actions for its direction have it. */
export function spoilBody(
  body: Body,
  direction: Direction,
  actions: readonly Action[],
  surroundings: Surroundings,
): Body {
  return actions.reduce((spoilt, action) => spoil(spoilt, direction, action, surroundings), body);
}

/** Does what is to be done before a byte passes in this direction, heads included. */
export async function spoilStart(
  direction: Direction,
  actions: readonly Action[],
  surroundings: Surroundings,
): Promise<void> {
  const nothing = spoilBody(emptyBody(), direction, actions, surroundings);
  for await (const piece of nothing) throw new Error(`${piece.byteLength} bytes from nowhere`);
}

function spoil(body: Body, direction: Direction, action: Action, surroundings: Surroundings): Body {
  const { line } = surroundings;
  switch (action.action) {
    case 'throttle':
      return action.direction === direction ? throttle(body, action.bytesPerSecond, surroundings) : body;
    case 'flip':
      return action.direction === direction ? flip(body, action.atByte, line) : body;
    case 'stall':
      return action.direction === direction ? atByte(body, action.afterBytes, stall(surroundings)) : body;
    case 'reset':
    case 'close':
      return action.direction === direction
        ? atByte(body, action.afterBytes, () => cut(action.action, line))
        : body;
    case 'truncate':
      return direction === 'down' ? truncate(body, action.bytes, action.fixContentLength, line) : body;
    case 'signal': {
      const bytes = /^request-body-bytes:(\d+)$/.exec(action.at)?.[1];
      if (bytes === undefined || direction === 'down') return body;
      return atByte(body, Number(bytes), () => sendSignal(action, surroundings));
    }
    case 'answer':
    case 'delay':
    case 'lose-reply':
    case 'replace-answer':
    case 'set-headers':
    case 'remove-headers':
    case 'date-offset':
    case 'down':
    case 'one-of':
      return body;
  }
}

function stall({ line, gone }: Surroundings): () => Promise<never> {
  return async () => {
    line.did('stall');
    // Said at once: whether the program goes away is hard to see without reading.
    line.end('stalled');
    return await waitForEver(gone);
  };
}

function cut(how: 'reset' | 'close', line: OpenLine): Promise<never> {
  line.did(how);
  return Promise.reject(new BreakOff(how));
}

/** Runs the effect between two bytes, when so many have been taken; not at all if the body is shorter. */
async function* atByte(body: Body, bytes: number, effect: () => Promise<unknown>): AsyncGenerator<Buffer> {
  if (bytes === 0) await effect();
  let passed = 0;
  for await (const piece of body) {
    const before = bytes - passed;
    passed += piece.byteLength;
    if (before <= 0 || passed < bytes) {
      yield piece;
      continue;
    }
    yield piece.subarray(0, before);
    await effect();
    if (before < piece.byteLength) yield piece.subarray(before);
  }
}

async function* throttle(
  body: Body,
  bytesPerSecond: number,
  { line, gone }: Surroundings,
): AsyncGenerator<Buffer> {
  const sliceBytes = Math.max(1, Math.min(16 * 1024, Math.floor(bytesPerSecond / 20)));
  let hasBegun = false;
  for await (const piece of body) {
    if (!hasBegun) line.did('throttle');
    hasBegun = true;
    for (let start = 0; start < piece.byteLength; start += sliceBytes) {
      const slice = piece.subarray(start, start + sliceBytes);
      await pause((slice.byteLength / bytesPerSecond) * 1000, gone);
      yield slice;
    }
  }
}

async function* flip(body: Body, at: number, line: OpenLine): AsyncGenerator<Buffer> {
  let passed = 0;
  for await (const piece of body) {
    const index = at - passed;
    passed += piece.byteLength;
    if (index < 0 || index >= piece.byteLength) {
      yield piece;
      continue;
    }
    const flipped = Buffer.from(piece);
    flipped.writeUInt8(piece.readUInt8(index) ^ 1, index);
    line.did('flip');
    yield flipped;
  }
}

async function* truncate(body: Body, bytes: number, fits: boolean, line: OpenLine): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const piece of body) {
    if (piece.byteLength <= left) {
      left -= piece.byteLength;
      yield piece;
      continue;
    }
    if (left > 0) yield piece.subarray(0, left);
    line.did('truncate');
    if (fits) return;
    throw new BreakOff('close');
  }
}

async function* emptyBody(): AsyncGenerator<Buffer> {}
