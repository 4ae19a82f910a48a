import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEmbedded } from '../support/processes/embedded.ts';
import { storeObject } from '../support/processes/remote.ts';

const embedded = startEmbedded();
const hasStrace = spawnSync('strace', ['-e', 'trace=none', 'true'], { stdio: 'ignore' }).status === 0;

describe.runIf(hasStrace)('get --no-overwrite on a file system without hard links', () => {
  it.each([
    ['killed before it claimed the name', 'signal=SIGKILL:when=1'],
    ['killed before the bytes took it', 'signal=SIGKILL:when=2'],
    ['refused by the device', 'error=EIO:when=2'],
  ])('leaves nothing that a later run takes for a file: %s', async (_, fault) => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    const strace = `strace -f -o /dev/null -e inject=link,linkat:error=EPERM -e inject=rename,renameat,renameat2:${fault}`;
    const get = `partwise get --no-overwrite --no-resume ${place.location('key')} f`;
    expect((await place.shell(`${strace} ${get}`)).code).not.toBe(0);
    const again = await place.shell(get);
    expect([again.code, again.stderr]).toEqual([0, expect.any(String)]);
    expect(await readFile(join(place.dir, 'f'), 'utf8')).toBe('text');
    expect((await readdir(place.dir)).filter((name) => !/^\.f\.[0-9a-f]{8}\.part$/.test(name))).toEqual([
      'f',
    ]);
    expect((await place.shell(get)).code).toBe(9);
  });

  it('leaves an empty file alone that was there before', async () => {
    const place = await embedded.open();
    await storeObject(place, 'key', 'text');
    await writeFile(join(place.dir, 'f'), '');
    const get = `get --no-overwrite ${place.location('key')} f`;
    expect(
      (await place.shell(`strace -f -o /dev/null -e inject=link,linkat:error=EPERM partwise ${get}`)).code,
    ).toBe(9);
    expect(await readFile(join(place.dir, 'f'), 'utf8')).toBe('');
  });
});
