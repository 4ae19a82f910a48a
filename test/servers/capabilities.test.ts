import { describe, expect, it } from 'vitest';
import { openPlace } from '../support/processes/place.ts';
import { CAPABILITIES } from './capabilities.ts';
import { startChosenServer } from './chosen-server.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What the server showed; the reporter makes a table of these. */
    shown?: { readonly capability: string; readonly word: string };
  }
}

const { access, title } = await startChosenServer();

// What a server cannot do is no failure of a test: these find out, and docs/reference/servers.md has what they found.
describe.skipIf(access === undefined)(`capabilities of ${title}`, () => {
  it.for(CAPABILITIES)('%s', async ([capability, probe], { task }) => {
    if (access === undefined) throw new Error('skipped');
    const word = await probe(await openPlace(access));
    task.meta.shown = { capability, word };
    expect(word).not.toBe('');
  });
});
