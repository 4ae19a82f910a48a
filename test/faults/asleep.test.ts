// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { setTimeout as sleep } from 'node:timers/promises';
import { it } from 'vitest';
import { startMatrixServer } from './matrix-server.ts';
import {
  arrived,
  expectGetOk,
  expectPutOk,
  type FaultPlace,
  openGet,
  openPut,
  until,
  sent,
} from './support.ts';
import type { Program } from '../support/processes/program.ts';
import type { Action } from '../support/proxy/proxy.ts';

const matrix = startMatrixServer();
const LIMITS = ['-c', '2', '--read-timeout', '1s', '--connect-timeout', '1s', '--give-up-after', '2s'];
/** Longer than every limit of the program. */
const NIGHT_MS = 4_000;

/** Stops the program as a laptop that is shut does; when it wakes, its connections are gone. */
async function sleepThrough(place: FaultPlace, program: Program): Promise<void> {
  program.signal('SIGSTOP');
  place.proxy.setRules([]);
  await place.proxy.down();
  await sleep(NIGHT_MS);
  await place.proxy.up();
  program.signal('SIGCONT');
}

it('F15 the machine sleeps longer than all limits, in a put and in a get: both end well', async () => {
  const held: Action = { action: 'delay', ms: 60_000, when: 'before-answer' };
  const put = await openPut(matrix.server, [{ match: { operation: 'UploadPart', partNumber: 2 }, do: held }]);
  const putting = put.startPut(LIMITS);
  await arrived(put, 'UploadPart', 2);
  await sleepThrough(put, putting);
  await expectPutOk(put, await putting.ended);

  const get = await openGet(matrix.server, [{ match: { operation: 'GetObject', nth: 3 }, do: held }]);
  const getting = get.startGet(LIMITS);
  await until(() => sent(get, 'GetObject').length >= 3);
  await sleepThrough(get, getting);
  await expectGetOk(get, await getting.ended);
});
