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
  /** Gives back what it grew by: nothing more will be read. Once only. */
  free(): void;
};

/**
 * Makes slabs. `halves`: two where a few more reads may follow the one that was to be the last, as with TLS: Node hands out
 * all that it has decrypted, some 80 KiB, whether it was told to stop or not. They go into the other half.
 */
export type MakeSlab = (halves: 1 | 2) => Slab;

/** Enough for a line of 20 MB/s; many such lines are open at once. */
const LEAST_HALF_BYTES = 512 * 1024;
/**
 * What is handed on is written by another thread, while this one goes on reading from other connections. With half of
 * it, waking that thread cost a tenth of the CPU of a fetch, and over TLS an eighth of its time (measured).
 */
const MOST_HALF_BYTES = 2 * 1024 ** 2;
/** For those that can use more, all together: what eight take without TLS. */
const SPARE_BYTES = 12 * 1024 ** 2;
/** Reads of less than this are not worth a call. */
const LEAST_READ_BYTES = 64 * 1024;

/** Slabs that grow when they are filled, as long as `spareBytes` for all of them last. */
export function slabsWithin(spareBytes = SPARE_BYTES): MakeSlab {
  let spare = spareBytes;
  return (halves) => {
    let half = LEAST_HALF_BYTES;
    let memory = Buffer.allocUnsafeSlow(halves * half);
    let start = 0;
    let used = 0;
    const isFull = (): boolean => half - used < LEAST_READ_BYTES;
    return {
      next: () => memory.subarray(start + used, start + half),
      filled(bytes) {
        used += bytes;
      },
      get isFull() {
        return isFull();
      },
      turn() {
        const more = memory.byteLength;
        if (isFull() && half < MOST_HALF_BYTES && more <= spare) {
          spare -= more;
          half *= 2;
          // What lies in the old memory is its reader's.
          memory = Buffer.allocUnsafeSlow(halves * half);
          start = 0;
        } else start = (start + half) % memory.byteLength;
        used = 0;
      },
      free() {
        spare += halves * (half - LEAST_HALF_BYTES);
      },
    };
  };
}

/** To move so much costs less than to hand it on by itself. */
const SMALL_BYTES = 4096;

/**
 * Adds a piece to others; two that lie side by side in memory become one, and a small one is moved up to the one before
 * it. A body that comes a few bytes at a time is thus handed on in as few pieces as any other.
 */
export function addPiece(pieces: Uint8Array[], piece: Uint8Array): void {
  const last = pieces.at(-1);
  const end = last === undefined ? 0 : last.byteOffset + last.byteLength;
  if (last?.buffer !== piece.buffer || piece.byteOffset < end) {
    pieces.push(piece);
    return;
  }
  if (piece.byteOffset > end) {
    if (piece.byteLength > SMALL_BYTES) return void pieces.push(piece);
    new Uint8Array(piece.buffer, end, piece.byteLength).set(piece);
  }
  const length = last.byteLength + piece.byteLength;
  pieces[pieces.length - 1] = new Uint8Array(last.buffer, last.byteOffset, length);
}
