import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const BLOCK = randomBytes(1024 * 1024);

/** Bytes that differ from each other everywhere: no part, shifted or swapped, looks like another. */
export function makeBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let offset = 0; offset < size; offset += BLOCK.byteLength) {
    BLOCK.copy(bytes, offset);
    if (offset + 4 <= size) bytes.writeUInt32BE(offset >>> 20, offset);
  }
  return bytes;
}

/** Writes files by their path below a folder, with the folders they need. */
export async function writeTree(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** All names below a folder, sorted; folders end in a slash. */
export async function listTree(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => {
      const name = join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/');
      return entry.isDirectory() ? `${name}/` : name;
    })
    .toSorted();
}

/** SHA-256 as hex. */
export function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Compares two files piece by piece; answers where they differ first, or nothing. */
export async function firstDifference(left: string, right: string): Promise<string | undefined> {
  await using a = await open(left);
  await using b = await open(right);
  const [sizeA, sizeB] = [(await a.stat()).size, (await b.stat()).size];
  if (sizeA !== sizeB) return `${sizeA} and ${sizeB} bytes`;
  const [pieceA, pieceB] = [Buffer.alloc(4 * BLOCK.byteLength), Buffer.alloc(4 * BLOCK.byteLength)];
  for (let offset = 0; offset < sizeA; offset += pieceA.byteLength) {
    const { bytesRead } = await a.read(pieceA, 0, pieceA.byteLength, offset);
    await b.read(pieceB, 0, pieceB.byteLength, offset);
    if (!pieceA.subarray(0, bytesRead).equals(pieceB.subarray(0, bytesRead))) return `near byte ${offset}`;
  }
  return undefined;
}
