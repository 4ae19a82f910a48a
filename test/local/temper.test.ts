import { expect, it } from 'vitest';
import { createTemper, type Temper } from '../../src/local/temper.ts';

/** Makes calls that take so long each; where each was made. */
async function callsOf(durationsMs: readonly number[]): Promise<string[]> {
  let now = 0;
  const call: Temper = createTemper(() => now);
  const made: string[] = [];
  for (const durationMs of durationsMs) {
    made.push(
      await call(
        () => {
          now += durationMs;
          return 'here';
        },
        () => Promise.resolve('elsewhere'),
      ),
    );
  }
  return made;
}

it('a quick file system is asked at once', async () => {
  expect(await callsOf([0, 1, 4, 4, 4, 4])).toEqual(Array.from({ length: 6 }, () => 'here'));
});

it('one that was slow three times is asked from other threads from then on', async () => {
  expect(await callsOf([5, 0, 100, 0, 4.5, 0, 0])).toEqual([
    ...Array.from({ length: 5 }, () => 'here'),
    'elsewhere',
    'elsewhere',
  ]);
});

it('slow calls that are rare are forgiven', async () => {
  const rarely = [5, ...Array.from({ length: 1000 }, () => 1)];
  const calls = await callsOf([...rarely, ...rarely, ...rarely, ...rarely, 5]);
  expect(calls).not.toContain('elsewhere');
  expect((await callsOf([...rarely, 5, 5, 5, 1])).at(-1)).toBe('elsewhere');
});

it('a call that fails slowly counts too, and its error is told', async () => {
  let now = 0;
  const call = createTemper(() => now);
  const fail = (): never => {
    now += 50;
    throw new Error('ESTALE');
  };
  for (const _ of [1, 2, 3]) await expect(call(fail, () => Promise.resolve())).rejects.toThrow('ESTALE');
  await expect(call(fail, () => Promise.resolve('elsewhere'))).resolves.toBe('elsewhere');
});
