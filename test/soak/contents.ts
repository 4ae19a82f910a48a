import { createHash, randomBytes } from 'node:crypto';

const PIECE = randomBytes(1024 * 1024);

/** Bytes of this name and size: no part of them, shifted or swapped, looks like another, or like another name's. */
export function contentOf(name: string, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let offset = 0; offset < size; offset += PIECE.byteLength) {
    PIECE.copy(bytes, offset);
    createHash('sha256').update(`${name} ${offset}`).digest().copy(bytes, offset);
  }
  return bytes;
}

/** The SHA-256 of bytes, as the digests of files and objects are. */
export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
