import { afterAll } from 'vitest';
import type { ServerAccess } from '../support/processes/place.ts';
import { REAL_SERVERS, type ServerName } from './server.ts';
import { startServer } from './start-server.ts';

const NAMES = ['embedded', ...REAL_SERVERS] as const;

/** The server these tests run against, started for this file. */
export type ChosenServer = {
  readonly name: ServerName;
  /** `undefined`: it cannot be had here. */
  readonly access: ServerAccess | undefined;
  /** For the name of a `describe`: the server, and why it is skipped. */
  readonly title: string;
};

/**
 * Starts the server the run was made for: the embedded one, unless the configuration names another. One that is `unfit`
 * for all the tests of a file, for the reason that is given, is not started: where every test is skipped, nothing is run
 * afterwards that would stop it.
 */
export async function startChosenServer(
  unfit: Readonly<Partial<Record<ServerName, string>>> = {},
): Promise<ChosenServer> {
  const wanted = process.env['PARTWISE_TEST_SERVER'] ?? 'embedded';
  const name = NAMES.find((known) => known === wanted);
  if (name === undefined) throw new Error(`PARTWISE_TEST_SERVER=${wanted}: none of ${NAMES.join(', ')}`);
  const why = unfit[name];
  if (why !== undefined) return { name, access: undefined, title: `${name} (skipped: ${why})` };
  const server = await startServer(name);
  if ('skipped' in server) return { name, access: undefined, title: `${name} (skipped: ${server.skipped})` };
  afterAll(() => server.stop());
  return { name, access: server, title: name };
}
