import { Worker } from 'node:worker_threads';

/** Ends the process when one case takes too long, and prints which one it was. */
export type Watchdog = {
  /** A case begins. */
  begin(target: number, number: number): void;
  /** The case ended. */
  end(): void;
  stop(): Promise<void>;
};

/**
 * Starts the thread that watches: the thread that hangs cannot report it. A case is given up after one to two times
 * the limit.
 */
export async function watch(limitMs: number, repeats: readonly string[]): Promise<Watchdog> {
  // The turn, the target (-1 between cases), whether to stop, the number of the case.
  const shared = new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT);
  const cells = new Int32Array(shared);
  Atomics.store(cells, 1, -1);
  const thread = new Worker(new URL('./watchdog-thread.mjs', import.meta.url), {
    workerData: { shared, limitMs, repeats },
  });
  const gone = new Promise<void>((resolve) => {
    thread.once('exit', () => resolve());
  });
  // Loading it takes turns of this thread's event loop, which a case that hangs would not give.
  await new Promise<void>((resolve, reject) => {
    thread.once('online', () => resolve()).once('error', reject);
  });
  return {
    begin(target, number) {
      Atomics.store(cells, 3, number);
      Atomics.store(cells, 1, target);
      Atomics.add(cells, 0, 1);
    },
    end() {
      Atomics.store(cells, 1, -1);
    },
    async stop() {
      Atomics.store(cells, 2, 1);
      Atomics.notify(cells, 2);
      await gone;
    },
  };
}
