import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeTree } from '../support/processes/files.ts';
import { needsEmbedded, startMatrixServer } from './matrix-server.ts';
import { peakVariables, readPeak } from './peak.ts';
import { openPlace } from '../support/processes/place.ts';
import { explain, MiB } from './support.ts';

const matrix = startMatrixServer();

it('R10 three times as many small objects: the same memory, and no file left open', async (context) => {
  needsEmbedded(context, 'memory is the program’s own, whatever the server');
  const place = await openPlace(matrix.server);
  const variables = peakVariables(context, place);
  // Else garbage is let lie, and the peak tells of the collector.
  const env = { ...variables, NODE_OPTIONS: `${variables['NODE_OPTIONS']} --max-old-space-size=48` };
  for (const [folder, count] of [
    ['few', 1000],
    ['many', 3000],
  ] as const) {
    const names = Array.from({ length: count }, (_, index) => `f${index}`);
    await mkdir(join(place.dir, folder));
    await writeTree(join(place.dir, folder), Object.fromEntries(names.map((name) => [name, name])));
  }
  /** The peak of a command that may have fewer files open than there are objects. */
  const peakOf = async (command: string): Promise<number> => {
    const ended = await place.shell(`ulimit -n 256 && partwise ${command}`, { env });
    explain(ended.code, ended.stderr).toBe(0);
    // No bar, and no line for each object, on what is no terminal.
    expect(ended.stderr.split('\n').length).toBeLessThan(100);
    return await readPeak(place);
  };
  const [put, get, ls] = [
    (name: string) => `put -r ${name} ${place.location(`${name}/`)}`,
    (name: string) => `get -r ${place.location(`${name}/`)} got-${name}/`,
    (name: string) => `ls -r ${place.location(`${name}/`)}`,
  ];
  for (const command of [put, get, ls]) {
    const few = await peakOf(command('few'));
    // A dozen kilobytes for each object would be more than this.
    explain(await peakOf(command('many')), command('many')).toBeLessThan(few + 24 * MiB);
  }
  expect(await readdir(join(place.dir, 'got-many'))).toHaveLength(3000);
}, 1_200_000);
