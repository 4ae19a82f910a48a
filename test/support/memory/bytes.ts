/** Bytes that differ from place to place, so that a part at the wrong offset shows. */
export function patternBytes(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = (seed * 2_654_435_761) >>> 0;
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** All pieces in one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** The same bytes with one of them changed; a byte more where there was none. */
export function damaged(bytes: Uint8Array): Uint8Array {
  const copy = bytes.byteLength === 0 ? new Uint8Array(1) : bytes.slice();
  const middle = copy.byteLength >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 0x01;
  return copy;
}
