import { Worker } from 'node:worker_threads';
import { interruption, throwIfAborted } from '../transfer/errors.ts';
import type { Algorithm } from '../transfer/ports.ts';
import type { ReadJob, ReadOutcome } from './read-job.ts';

/**
 * Threads that read files and sum them, so that a slow disk stops neither bars nor signals, and sums cost no time of
 * the thread that sends. They start with the first job.
 */
export type ReadThreads = {
  /** `undefined` where no thread can be had: the caller reads by itself. */
  read(job: ReadJob, signal: AbortSignal): Promise<ReadOutcome | undefined>;
  close(): void;
};

type Waiting = {
  readonly job: ReadJob;
  readonly settle: (outcome: ReadOutcome | undefined) => void;
};

/** One thread keeps up with CRCs; these take as long as sending does, and are worth a processor more. */
const SLOW: ReadonlySet<Algorithm> = new Set(['sha256', 'sha1', 'md5', 'crc64nvme']);

/** At most `processors` threads, and no more than one for sums that are quick. */
export function createReadThreads(processors: number): ReadThreads {
  const queue: Waiting[] = [];
  const threads = new Set<Worker>();
  /** Each gives its thread the next job. */
  const idle: (() => void)[] = [];
  let isBroken = false;

  const start = (): void => {
    let current: Waiting | undefined;
    // Built, it lies beside this file; where it does not, there are no threads.
    const program = new URL('./read-thread.js', import.meta.url);
    // A thread does not take over what the program was started with: a loader, a profiler.
    const thread = new Worker(program, { execArgv: [] });
    const next = (): void => {
      current = queue.shift();
      if (current) {
        // Only what is under way keeps the program running.
        thread.ref();
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        thread.postMessage(current.job);
      } else {
        thread.unref();
        idle.push(next);
      }
    };
    const end = (): void => {
      threads.delete(thread);
      current?.settle(undefined);
      current = undefined;
    };
    threads.add(thread);
    thread.on('message', (outcome: ReadOutcome) => {
      current?.settle(outcome);
      next();
    });
    thread.on('exit', end);
    thread.on('error', () => {
      // No thread can be had here: what waits is read by whoever wants it.
      isBroken = true;
      end();
      for (const { settle } of queue.splice(0)) settle(undefined);
    });
    next();
  };

  return {
    async read(job, signal) {
      throwIfAborted(signal);
      if (isBroken || !(job.into.buffer instanceof SharedArrayBuffer)) return undefined;
      return await new Promise((resolve, reject) => {
        const onAbort = (): void => reject(interruption(signal));
        signal.addEventListener('abort', onAbort, { once: true });
        const settle = (outcome: ReadOutcome | undefined): void => {
          signal.removeEventListener('abort', onAbort);
          resolve(outcome);
        };
        queue.push({ job, settle });
        const wanted = job.algorithms.some((algorithm) => SLOW.has(algorithm)) ? processors : 1;
        const takeNext = idle.pop();
        if (takeNext) takeNext();
        else if (threads.size < wanted) start();
      });
    },
    close() {
      for (const thread of threads) void thread.terminate();
    },
  };
}
