import { randomBytes } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 16 * 1024 ** 2;

/** Writes a file of noise. */
export async function writeNoise(path: string, bytes: number): Promise<void> {
  const block = randomBytes(Math.min(bytes, BLOCK_BYTES));
  const file = await open(path, 'w');
  try {
    for (let left = bytes; left > 0; left -= BLOCK_BYTES)
      await file.write(block, 0, Math.min(left, block.byteLength));
  } finally {
    await file.close();
  }
}

/** Writes small files of noise, a thousand a folder. */
export async function writeSmallFiles(folder: string, count: number, bytes: number): Promise<void> {
  const noise = randomBytes(bytes + count);
  for (let index = 0; index < count; index++) {
    const below = join(folder, String(Math.floor(index / 1000)).padStart(3, '0'));
    if (index % 1000 === 0) await mkdir(below, { recursive: true });
    // Each begins one byte later: no two are the same.
    await writeFile(
      join(below, `${String(index).padStart(6, '0')}.bin`),
      noise.subarray(index, index + bytes),
    );
  }
}
