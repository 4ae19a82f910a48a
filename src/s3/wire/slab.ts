/**
 * Memory that a connection reads into, until enough lies there to be handed on. One read brings some 70 KiB; handing
 * each on by itself cost a third of the CPU of a fetch (measured).
 */
export type Slab = {
  /** Where the next read goes: behind the last one. */
  next(): Uint8Array;
  /** So much was read into it. */
  filled(bytes: number): void;
  /** Whether too little is left for another read. */
  readonly isFull: boolean;
  /** What lies there is handed on, and reading stops until all of it was taken. */
  turn(): void;
};

/** What a connection holds: every write of a file wakes a thread, which costs as much as writing 128 KiB (measured). */
const HELD_BYTES = 1024 ** 2;
/** Reads of less than this are not worth a call. */
const LEAST_READ_BYTES = 64 * 1024;

/**
 * One piece of memory for a socket that stops at once. TLS goes on handing out what it has decrypted after it was told
 * to stop: there that goes into the other one of two, while the first is worked on.
 */
export function createSlab(goesOn: boolean): Slab {
  const size = goesOn ? HELD_BYTES / 2 : HELD_BYTES;
  let memory = Buffer.allocUnsafeSlow(size);
  let other = goesOn ? Buffer.allocUnsafeSlow(size) : memory;
  let used = 0;
  return {
    next: () => memory.subarray(used),
    filled(bytes) {
      used += bytes;
    },
    get isFull() {
      return size - used < LEAST_READ_BYTES;
    },
    turn() {
      [memory, other] = [other, memory];
      used = 0;
    },
  };
}

/** Adds a piece to others; two that lie side by side in memory become one. */
export function addPiece(pieces: Uint8Array[], piece: Uint8Array): void {
  const last = pieces.at(-1);
  if (last?.buffer !== piece.buffer || last.byteOffset + last.byteLength !== piece.byteOffset) {
    pieces.push(piece);
    return;
  }
  const length = last.byteLength + piece.byteLength;
  pieces[pieces.length - 1] = new Uint8Array(last.buffer, last.byteOffset, length);
}
