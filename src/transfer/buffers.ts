/** Buffers of parts, used again once their part has arrived, so that a long transfer allocates only its lanes. */
export type BufferPool = {
  /** `size` bytes with any content. */
  take(size: number): Uint8Array;
  /** Only for buffers that no request can still be reading. */
  give(buffer: Uint8Array): void;
};

/** Keeps at most `maxIdleBytes` of buffers that nobody uses. */
export function createBufferPool(maxIdleBytes: number): BufferPool {
  const idle: ArrayBufferLike[] = [];
  let idleBytes = 0;
  return {
    take(size) {
      // A buffer much larger than needed would waste what the memory budget counts.
      const index = idle.findIndex((memory) => memory.byteLength >= size && memory.byteLength <= size * 2);
      const memory = index === -1 ? undefined : idle.splice(index, 1)[0];
      // Shared: whoever reads and sums may do it in a thread of its own.
      if (!memory) return new Uint8Array(new SharedArrayBuffer(size));
      idleBytes -= memory.byteLength;
      return new Uint8Array(memory, 0, size);
    },
    give(buffer) {
      const memory = buffer.buffer;
      while (idleBytes + memory.byteLength > maxIdleBytes && idle.length > 0) {
        idleBytes -= idle.shift()?.byteLength ?? 0;
      }
      if (idleBytes + memory.byteLength > maxIdleBytes) return;
      idle.push(memory);
      idleBytes += memory.byteLength;
    },
  };
}
