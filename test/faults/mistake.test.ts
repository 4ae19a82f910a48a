// The words of the matrix (OK, FAIL, DEST= …) are what asserts here.
// oxlint-disable vitest/expect-expect
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RunOptions } from '../support/processes/place.ts';
import type { Ended, Program } from '../support/processes/program.ts';
import type { Action } from '../support/proxy/proxy.ts';
import { startMatrixServer } from './matrix-server.ts';
import {
  arrived,
  expectClean,
  expectDest,
  expectKept,
  expectNoTemp,
  explain,
  type FaultPlace,
  openGet,
  openPut,
  sent,
  until,
} from './support.ts';

const matrix = startMatrixServer();
const preload = new URL('../support/processes/throw-later.mjs', import.meta.url).href;
const held: Action = { action: 'stall', direction: 'up', afterBytes: 1000 };

/** The variables with which the program makes a mistake as soon as the file is there. */
function faultyRun(place: FaultPlace): RunOptions {
  return { env: { NODE_OPTIONS: `--import=${preload}`, PARTWISE_TEST_FAULT: faultFile(place) } };
}

function faultFile(place: FaultPlace): string {
  return join(place.dir, '..', 'fault');
}

/** Exit 70, and one line that asks for a report, without a stack. */
async function fail(place: FaultPlace, program: Program, how: 'throw' | 'reject'): Promise<Ended> {
  await writeFile(faultFile(place), how);
  const ended = await program.ended;
  explain(ended.code, ended.stderr).toBe(70);
  expect(ended.stderr).toMatch(/^partwise: internal error: .*report it/m);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  return ended;
}

it('F11 a mistake of the program that nobody catches: exit 70, and nothing is left unsaid', async () => {
  for (const how of ['throw', 'reject'] as const) {
    const rules = [{ match: { operation: 'UploadPart', partNumber: 3 }, do: held }] as const;
    const kept = await openPut(matrix.server, rules);
    const putting = kept.startPut(['-c', '1'], faultyRun(kept));
    await arrived(kept, 'UploadPart', 3);
    await expectKept(kept, await fail(kept, putting, how));

    const clean = await openPut(matrix.server, rules);
    const tidy = clean.startPut(['-c', '1', '--no-resume'], faultyRun(clean));
    await arrived(clean, 'UploadPart', 3);
    await fail(clean, tidy, how);
    await expectClean(clean);

    const stall: Action = { action: 'stall', direction: 'down', afterBytes: 1000 };
    const get = await openGet(matrix.server, [{ match: { operation: 'GetObject', nth: 3 }, do: stall }]);
    const getting = get.startGet(['-c', '1', '--no-resume'], faultyRun(get));
    await until(() => sent(get, 'GetObject').length >= 3);
    await fail(get, getting, how);
    await expectDest(get);
    await expectNoTemp(get);
  }
});
