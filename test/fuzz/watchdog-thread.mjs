// The thread of watchdog.ts; plain JavaScript because a worker of Node 20 does not load TypeScript through tsx. It needs
// nothing of the main thread once it runs: that one hangs when this one reports.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

const { shared, limitMs, repeats } = workerData;
const cells = new Int32Array(shared);
let seen = -1;
// Sleeps for the limit, or until the fuzzer ends; a case that is still the same one after that has hung.
while (Atomics.wait(cells, 2, 0, limitMs) === 'timed-out') {
  const [turn, target] = [Atomics.load(cells, 0), Atomics.load(cells, 1)];
  if (turn === seen && target >= 0) {
    const repeat = repeats[target].replace('CASE', String(Atomics.load(cells, 3)));
    writeSync(1, `HANGS a case takes longer than ${limitMs} ms\n      ${repeat}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  seen = turn;
}
