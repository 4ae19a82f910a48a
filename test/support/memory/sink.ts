import { throwIfAborted, TransferError } from '../../../src/transfer/errors.ts';
import type { Sink } from '../../../src/transfer/ends.ts';
import type { Clock } from '../../../src/transfer/ports.ts';

export type MemorySink = Sink & {
  readonly state: 'new' | 'open' | 'committed' | 'discarded';
  readonly bytes: Uint8Array;
  readonly writing: number;
};

/** A sink in memory that insists on its contract: order, one end, nothing after it. */
export function memorySink(options: {
  readonly clock: Clock;
  readonly order?: Sink['order'];
  /** Every write at or behind this offset fails. */
  readonly fullAt?: number;
}): MemorySink {
  const { clock, order = 'any', fullAt = Number.POSITIVE_INFINITY } = options;
  let bytes = new Uint8Array();
  let state: MemorySink['state'] = 'new';
  let writing = 0;
  let written = 0;
  const mustBeOpen = (verb: string): void => {
    if (state !== 'open') throw new Error(`${verb} on a sink that is ${state}`);
  };
  return {
    name: 'target',
    order,
    get state() {
      return state;
    },
    get bytes() {
      return bytes;
    },
    get writing() {
      return writing;
    },
    async open(size) {
      if (state !== 'new') throw new Error(`opened twice`);
      state = 'open';
      bytes = new Uint8Array(size);
    },
    async write(offset, chunk, { signal }) {
      mustBeOpen('write');
      throwIfAborted(signal);
      if (order === 'in-order' && (writing > 0 || offset !== written)) {
        throw new Error(`wrote at ${offset} with ${written} bytes written and ${writing} writes under way`);
      }
      writing++;
      try {
        await clock.sleep(1, { signal });
        if (offset + chunk.byteLength > fullAt) {
          throw new TransferError('disk', 'cannot write target: ENOSPC', { code: 'ENOSPC' });
        }
        // Only now: whoever reuses the chunk before this promise settles is found out.
        bytes.set(chunk, offset);
        written = offset + chunk.byteLength;
      } finally {
        writing--;
      }
    },
    async *reread({ signal }) {
      mustBeOpen('reread');
      if (order === 'in-order') throw new Error('reread of a sink in order');
      for (let at = 0; at < bytes.byteLength; at += 1000) {
        await clock.sleep(1, { signal });
        yield bytes.subarray(at, at + 1000);
      }
    },
    async commit() {
      mustBeOpen('commit');
      state = 'committed';
    },
    async discard() {
      if (state === 'committed' || state === 'discarded') throw new Error(`discarded when ${state}`);
      state = 'discarded';
      bytes = new Uint8Array();
    },
  };
}
