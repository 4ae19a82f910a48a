import type { TestProject } from 'vitest/node';
import { installServer } from '../servers/install.ts';
import { SERVERS } from './servers.ts';

/** Before the rows of a server: installs it once, so that no two test files do it at the same time. */
export async function setup({ name }: Pick<TestProject, 'name'>): Promise<void> {
  const server = SERVERS.find((known) => known === name);
  // Where it cannot be had, each row says so.
  if (server !== undefined && server !== 'embedded') await installServer(server);
}
