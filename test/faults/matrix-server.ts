import { afterAll, beforeAll, beforeEach, type TestContext } from 'vitest';
import { startServer } from '../servers/start-server.ts';
import type { RunningServer, Skipped } from '../servers/server.ts';
import { SERVERS } from './servers.ts';

const wanted = process.env['PARTWISE_TEST_SERVER'] ?? 'embedded';
const chosen = SERVERS.find((name) => name === wanted);

/** The server the rows of this file run against. */
export type MatrixServer = { readonly server: RunningServer };

/** Starts the server this run is about, for the rows of this file; where it cannot be had they are skipped. */
export function startMatrixServer(): MatrixServer {
  let started: RunningServer | Skipped | undefined;
  beforeAll(async () => {
    if (chosen === undefined)
      throw new Error(`PARTWISE_TEST_SERVER=${wanted}: none of ${SERVERS.join(', ')}`);
    started = await startServer(chosen);
  });
  beforeEach(({ skip }) => {
    if (started !== undefined && 'skipped' in started) skip(started.skipped);
  });
  afterAll(async () => {
    if (started !== undefined && 'stop' in started) await started.stop();
  });
  return {
    get server() {
      if (started === undefined || 'skipped' in started)
        throw new Error('the server runs only inside a test');
      return started;
    },
  };
}

/** Whether this run is about that server. */
export function runsOn(name: (typeof SERVERS)[number]): boolean {
  return chosen === name;
}

/** Leaves a row out where the run is about another server. */
export function needsEmbedded({ skip }: Pick<TestContext, 'skip'>, why: string): void {
  if (!runsOn('embedded')) skip(`runs on the embedded server only: ${why}`);
}
