import { parentPort } from 'node:worker_threads';
import { type ReadJob, readNow } from './read-job.ts';

// The program of a thread that does nothing but read and sum: one answer for each job, in order.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort?.on('message', (job: ReadJob) => parentPort?.postMessage(readNow(job)));
