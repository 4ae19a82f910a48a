import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import type { Place } from '../support/processes/place.ts';

const preload = new URL('../support/processes/report-peak.mjs', import.meta.url).href;

/** The variables with which a program of this place leaves word of the most memory it held. */
export function peakVariables({ skip }: Pick<TestContext, 'skip'>, place: Place): Record<string, string> {
  if (process.platform !== 'linux') skip('only Linux tells the peak of a process');
  return { NODE_OPTIONS: `--import=${preload}`, PEAK_FILE: peakFile(place) };
}

/** The most bytes the last program that ended here ever held. */
export async function readPeak(place: Place): Promise<number> {
  const bytes = Number(await readFile(peakFile(place), 'utf8'));
  if (!(bytes > 0)) throw new Error('the program left no word of its memory');
  return bytes;
}

function peakFile(place: Place): string {
  return join(place.dir, '..', 'peak');
}
