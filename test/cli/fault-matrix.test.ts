import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const page = readFileSync('docs/explanation/reliability.md', 'utf8');
const tests = readdirSync('test/faults')
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(`test/faults/${name}`, 'utf8'))
  .join('\n');

it('the page of the fault matrix has a line for each of its tests, and a test for each line', () => {
  const promised = [...page.matchAll(/^\| ([A-Z]\d\d) \|/gm)].map(([, id = '']) => id);
  const written = [...tests.matchAll(/\bit\('([A-Z]\d\d) /g)].map(([, id = '']) => id);
  expect(written).toHaveLength(new Set(written).size);
  expect(new Set(promised)).toEqual(new Set(written));
  expect(written.length).toBeGreaterThan(100);
});
