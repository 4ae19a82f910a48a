import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Options } from './options.ts';
import type { Report } from './report.ts';
import { printReport } from './table.ts';

const FOLDER = join(import.meta.dirname, 'results');

/** Writes what was found out, to one file where that was asked for, else among the results; answers where. */
export async function writeResults(
  report: Report,
  { json, name }: Pick<Options, 'json' | 'name'>,
): Promise<string[]> {
  const text = `${JSON.stringify(report, undefined, 1)}\n`;
  if (json !== undefined) {
    await writeFile(json, text);
    return [json];
  }
  await mkdir(FOLDER, { recursive: true });
  const paths = [join(FOLDER, `${name}.json`), join(FOLDER, `${name}.md`)] as const;
  await writeFile(paths[0], text);
  await writeFile(paths[1], printReport(report));
  return [...paths];
}
