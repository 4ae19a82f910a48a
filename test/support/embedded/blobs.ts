import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes `start` (included) to `end` (excluded) of one file. */
export interface Segment {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** A hold on files: they stay readable until it is released, whatever happens to the object. */
export interface Lease {
  readonly segments: readonly Segment[];
  release(): void;
}

/**
 * The folder of bodies. A body is one file of a random name, shared by whoever leases it, so a copy or a Complete
 * moves no bytes; the last one to let go removes it.
 */
export class BlobStore {
  readonly #folder: string;
  readonly #holders = new Map<string, number>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a store in a new folder inside `dir`. */
  static async create(dir: string): Promise<BlobStore> {
    return new BlobStore(await mkdtemp(join(dir, 'blobs-')));
  }

  /** Writes a body; a failed write leaves no file. */
  async write(chunks: AsyncIterable<Buffer>, size: () => number): Promise<Lease> {
    const path = join(this.#folder, randomUUID());
    try {
      await writeFile(path, chunks, { flag: 'wx' });
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
    return this.lease([{ path, start: 0, end: size() }]);
  }

  /** Takes one more hold on these segments' files. */
  lease(segments: readonly Segment[]): Lease {
    for (const { path } of segments) this.#holders.set(path, (this.#holders.get(path) ?? 0) + 1);
    let isReleased = false;
    return {
      segments,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        for (const { path } of segments) this.#letGo(path);
      },
    };
  }

  /** Removes the whole folder. */
  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #letGo(path: string): void {
    const holders = (this.#holders.get(path) ?? 0) - 1;
    if (holders > 0) {
      this.#holders.set(path, holders);
      return;
    }
    this.#holders.delete(path);
    // Nobody waits for it and nobody minds a failure: close() removes the folder anyway.
    rm(path, { force: true }).catch(() => {});
  }
}

/** Bytes `start` to `end` of the segments laid end to end. */
export function sliceSegments(segments: readonly Segment[], start: number, end: number): Segment[] {
  const slice: Segment[] = [];
  let offset = 0;
  for (const segment of segments) {
    const size = segment.end - segment.start;
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, size);
    if (from < to) slice.push({ path: segment.path, start: segment.start + from, end: segment.start + to });
    offset += size;
  }
  return slice;
}

/** The segments' bytes, one file open at a time. */
export async function* readSegments(segments: readonly Segment[]): AsyncGenerator<Buffer> {
  for (const { path, start, end } of segments) {
    if (start === end) continue;
    // The end of a file stream is included.
    yield* createReadStream(path, { start, end: end - 1, highWaterMark: 256 * 1024 });
  }
}
