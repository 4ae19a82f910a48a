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
  /** The next read begins at the front again, or that of the other half: what lies there was taken. */
  turn(): void;
};

/** What a connection holds: every write of a file wakes a thread, which costs as much as writing 128 KiB (measured). */
const SLAB_BYTES = 1024 ** 2;
/** Reads of less than this are not worth a call. */
const LEAST_READ_BYTES = 64 * 1024;

/**
 * `halves`: two where a few more reads may follow the one that was to be the last, as with TLS: Node hands out all that
 * it has decrypted, some 80 KiB, whether it was told to stop or not. They go into the other half.
 */
export function createSlab(halves: 1 | 2): Slab {
  const memory = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const size = SLAB_BYTES / halves;
  let start = 0;
  let used = 0;
  return {
    next: () => memory.subarray(start + used, start + size),
    filled(bytes) {
      used += bytes;
    },
    get isFull() {
      return size - used < LEAST_READ_BYTES;
    },
    turn() {
      start = (start + size) % SLAB_BYTES;
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
