import type { TestProject } from 'vitest/node';
import { startServer } from '../servers/start-server.ts';
import { SERVERS } from './servers.ts';

/** Before the rows of a server: starts it once, so that no two test files install it at the same time. */
export async function setup({ name }: Pick<TestProject, 'name'>): Promise<void> {
  const wanted = SERVERS.find((known) => known === name);
  if (wanted === undefined) return;
  // The SDK's own, which the tests have set for themselves: this is another process.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const server = await startServer(wanted);
  // Where it cannot be had, each row says so.
  if ('stop' in server) await server.stop();
}
