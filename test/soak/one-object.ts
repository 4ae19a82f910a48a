import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfFile, digestOfObject } from '../support/processes/digests.ts';
import type { Ended } from '../support/processes/program.ts';
import { storeObject } from '../support/processes/remote.ts';
import { contentOf, digestOf } from './contents.ts';
import { drawFlags, drawResume, drawSizes, PARTIAL, type Prepare } from './transfer.ts';

/** Puts a file, perhaps over an older object. */
export const putFile: Prepare = async (place, random, name) => {
  const sizes = drawSizes(random);
  const bytes = contentOf(name, sizes.size);
  await writeFile(join(place.dir, 'file'), bytes);
  return {
    ...(await objectChecks(place, name, digestOf(bytes), random.chance(0.3))),
    direction: 'put',
    what: `put a file of ${sizes.size} bytes`,
    args: ['put', ...drawFlags(random, sizes), ...drawResume(random), 'file', place.location('key')],
    bytes: sizes.size,
  };
};

/** Puts what comes from stdin. */
export const putStream: Prepare = async (place, random, name) => {
  const sizes = drawSizes(random);
  const input = contentOf(name, sizes.size);
  const expected = random.chance(0.5) ? ['--expected-size', String(sizes.size)] : [];
  return {
    ...(await objectChecks(place, name, digestOf(input), random.chance(0.3))),
    direction: 'put',
    what: `put a stream of ${sizes.size} bytes`,
    args: ['put', ...drawFlags(random, sizes), ...expected, '-', place.location('key')],
    input,
    bytes: sizes.size,
  };
};

/** Gets an object into a file, perhaps over an older one. */
export const getFile: Prepare = async (place, random, name) => {
  const sizes = drawSizes(random);
  const path = join(place.dir, 'file');
  const bytes = contentOf(name, sizes.size);
  await storeObject(place, 'key', bytes);
  const hasOld = random.chance(0.5);
  if (hasOld) await writeFile(path, `old ${name}`);
  const [wanted, old] = [digestOf(bytes), await digestOfFile(path)];
  const resume = drawResume(random);
  return {
    direction: 'get',
    forgetsPartials: sizes.size <= sizes.partBytes || resume.includes('--no-resume'),
    what: `get a file of ${sizes.size} bytes`,
    args: ['get', ...drawFlags(random, sizes), ...resume, place.location('key'), 'file'],
    bytes: sizes.size,
    judgeDone: async () => [
      ...differs('the file', await digestOfFile(path), [wanted]),
      ...(await strangers(place.dir)),
    ],
    judgeFailed: async () => differs('the file', await digestOfFile(path), [old, wanted]),
  };
};

/** Gets an object to stdout. */
export const getStream: Prepare = async (place, random, name) => {
  const sizes = drawSizes(random);
  const bytes = contentOf(name, sizes.size);
  await storeObject(place, 'key', bytes);
  return {
    direction: 'get',
    what: `get a stream of ${sizes.size} bytes`,
    args: ['get', ...drawFlags(random, sizes), place.location('key'), '-'],
    bytes: sizes.size,
    judgeDone: async ({ bytes: seen }: Ended) => differs('stdout', digestOf(seen), [digestOf(bytes)]),
    judgeFailed: async () => await strangers(place.dir),
  };
};

type Place = Parameters<Prepare>[0];
type Checks = Pick<Awaited<ReturnType<Prepare>>, 'judgeDone' | 'judgeFailed'>;

/** An object is the new one, or before that the old one or none. */
async function objectChecks(place: Place, name: string, wanted: string, hasOld: boolean): Promise<Checks> {
  if (hasOld) await storeObject(place, 'key', `old ${name}`);
  const old = await digestOfObject(place, 'key');
  return {
    judgeDone: async () => differs('the object', await digestOfObject(place, 'key'), [wanted]),
    judgeFailed: async () => differs('the object', await digestOfObject(place, 'key'), [old, wanted]),
  };
}

/** Nothing is left beside the file. */
async function strangers(dir: string): Promise<string[]> {
  const names = await readdir(dir);
  return names.filter((found) => found !== 'file').map((found) => `${PARTIAL}${found}`);
}

/** Whether something is none of what it may be. */
export function differs(
  what: string,
  found: string | undefined,
  allowed: readonly (string | undefined)[],
): string[] {
  return allowed.includes(found) ? [] : [`WRONG BYTES: ${what} is ${found ?? 'not there'}`];
}
