import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type EmbeddedServer, type LoggedRequest, startServer } from '../embedded/server.ts';
import type { Ways } from '../embedded/ways.ts';
import { openPlace, type Place, type PlaceOptions } from './place.ts';

/** A place whose server is the embedded one, in this very process. */
export type EmbeddedPlace = Place & {
  /** The requests for this place's bucket that came while `work` ran. */
  requestsDuring(work: () => Promise<unknown>): Promise<readonly LoggedRequest[]>;
};

/** The embedded server of a test file. */
export type Embedded = {
  readonly server: EmbeddedServer;
  open(options?: PlaceOptions): Promise<EmbeddedPlace>;
};

/** Starts an embedded server, perhaps with the ways of another one, for the tests of this file. */
export function startEmbedded(ways: Partial<Ways> = {}): Embedded {
  let running: { readonly server: EmbeddedServer; readonly dir: string } | undefined;
  beforeAll(async () => {
    const dir = await mkdtemp(join(tmpdir(), 'partwise-embedded-'));
    running = { dir, server: await startServer({ dir, ways }) };
  });
  afterAll(async () => {
    await running?.server.close();
    if (running) await rm(running.dir, { recursive: true });
  });
  const current = (): EmbeddedServer => {
    if (running === undefined) throw new Error('the server runs only inside a test');
    return running.server;
  };
  return {
    get server() {
      return current();
    },
    async open(options) {
      const server = current();
      const place = await openPlace(server, options);
      return {
        ...place,
        async requestsDuring(work) {
          const before = server.requests.length;
          await work();
          return server.requests.slice(before).filter(({ path }) => path.split('/')[1] === place.bucket);
        },
      };
    },
  };
}
