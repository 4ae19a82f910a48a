import { describe, expect, it } from 'vitest';
import { remembering } from '../../src/s3/identity.ts';
import type { Identity, IdentityProvider } from '../../src/s3/session.ts';

const MINUTE = 60_000;

type Setting = {
  readonly provide: IdentityProvider;
  /** Moves the clock on. */
  pass(minutes: number): void;
  looks(): number;
  /** From now on a look-up fails. */
  fail(isFailing: boolean): void;
};

/** A source of keys that hold for so many minutes each, or for ever. */
function sourceOf(minutes?: number): Setting {
  let now = 0;
  let looks = 0;
  let isFailing = false;
  const look = async (): Promise<Identity> => {
    looks++;
    await Promise.resolve();
    if (isFailing) throw new Error('nobody there');
    const keys = { accessKeyId: `id${looks}`, secretAccessKey: 's' };
    return minutes === undefined ? keys : { ...keys, expiration: new Date(now + minutes * MINUTE) };
  };
  return {
    provide: remembering(look, () => now),
    pass: (minutes) => (now += minutes * MINUTE),
    looks: () => looks,
    fail: (isSo) => (isFailing = isSo),
  };
}

const idOf = async (keys: Identity | Promise<Identity>): Promise<string> => (await keys).accessKeyId;

describe('keys that were looked up', () => {
  it('are looked up once for all who ask at the same time', async () => {
    const { provide, looks } = sourceOf();
    expect(await Promise.all([1, 2, 3].map(() => idOf(provide())))).toEqual(['id1', 'id1', 'id1']);
    expect(looks()).toBe(1);
  });
  it('hold for ever when they do not expire', async () => {
    const { provide, pass } = sourceOf();
    await provide();
    pass(1_000_000);
    expect(await idOf(provide())).toBe('id1');
  });
  it.each([
    ['an hour, until five minutes before', 60, 54, 56],
    ['six minutes, until half of them are over', 6, 2.9, 3.1],
  ])('hold for %s', async (_, minutes, early, late) => {
    const { provide, pass } = sourceOf(minutes);
    await provide();
    pass(early);
    expect(await idOf(provide())).toBe('id1');
    pass(late - early);
    expect(await Promise.all([idOf(provide()), idOf(provide())])).toEqual(['id2', 'id2']);
    pass(early);
    expect(await idOf(provide())).toBe('id2');
  });
  it('come at once while they hold, but not while newer ones are looked for', async () => {
    const { provide, pass } = sourceOf(60);
    const first = provide();
    expect(first).toBeInstanceOf(Promise);
    expect(provide()).toBe(first);
    await first;
    expect(provide()).toMatchObject({ accessKeyId: 'id1' });
    const forced = provide({ forceRefresh: true });
    expect(provide()).toBe(forced);
    expect(await idOf(forced)).toBe('id2');
    pass(56);
    const renewed = provide();
    expect(renewed).toBeInstanceOf(Promise);
    expect(await idOf(renewed)).toBe('id3');
  });
  it('are looked up anew when that is forced', async () => {
    const { provide } = sourceOf();
    await provide();
    expect(await idOf(provide({ forceRefresh: true }))).toBe('id2');
    expect(await idOf(provide())).toBe('id2');
  });
  it('that come late do not say when newer ones expire', async () => {
    const answers: ((identity: Identity) => void)[] = [];
    const provide = remembering(
      () => new Promise((resolve) => answers.push(resolve)),
      () => 0,
    );
    const first = provide();
    const second = provide({ forceRefresh: true });
    answers[1]?.({ accessKeyId: 'new', secretAccessKey: 's' });
    await second;
    answers[0]?.({ accessKeyId: 'old', secretAccessKey: 's', expiration: new Date(-1) });
    expect(await idOf(first)).toBe('old');
    expect(await idOf(provide())).toBe('new');
    expect(answers).toHaveLength(2);
  });
});

describe('a look-up that fails', () => {
  it('fails for all who wait for it, and the next who asks looks again', async () => {
    const { provide, fail, looks } = sourceOf();
    fail(true);
    const asked = await Promise.allSettled([provide(), provide()]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fail(false);
    expect(await idOf(provide())).toBe('id2');
    expect(looks()).toBe(2);
  });
  it('is no loss while the keys of before are still good, and is not repeated with every request', async () => {
    const { provide, pass, fail, looks } = sourceOf(60);
    await provide();
    pass(56);
    fail(true);
    expect(await Promise.all([idOf(provide()), idOf(provide())])).toEqual(['id1', 'id1']);
    expect(await idOf(provide())).toBe('id1');
    expect(looks()).toBe(2);
    pass(1);
    fail(false);
    expect(await idOf(provide())).toBe('id3');
  });
  it('is told once the keys of before have expired', async () => {
    const { provide, pass, fail } = sourceOf(60);
    await provide();
    pass(61);
    fail(true);
    await expect(provide()).rejects.toThrow('nobody there');
    fail(false);
    expect(await idOf(provide())).toBe('id3');
  });
  it('is told when a new one was forced, for the old ones are no longer believed', async () => {
    const { provide, fail } = sourceOf(60);
    await provide();
    fail(true);
    await expect(provide({ forceRefresh: true })).rejects.toThrow('nobody there');
  });
});
