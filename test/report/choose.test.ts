import { describe, expect, it } from 'vitest';
import { chooseMode, chooseRenderer, type ProgressMode, wantsColor } from '../../src/report/choose.ts';
import { createScreen } from './support/screen.ts';

const terminal = createScreen(80, 24).out;
const pipe = Object.assign(createScreen(80, 24).out, { isTTY: false });

describe('the choice of a renderer', () => {
  it.each<[ProgressMode, string, Record<string, string>, boolean, string]>([
    ['auto', 'terminal', {}, false, 'bars'],
    ['auto', 'pipe', {}, false, 'lines'],
    ['auto', 'terminal', { TERM: 'dumb' }, false, 'lines'],
    ['auto', 'terminal', { CI: 'true' }, false, 'lines'],
    ['auto', 'terminal', { CI: 'false' }, false, 'bars'],
    ['auto', 'terminal', { CI: '' }, false, 'bars'],
    ['auto', 'terminal', {}, true, 'none'],
    ['bars', 'terminal', { CI: 'true' }, false, 'bars'],
    ['bars', 'pipe', {}, false, 'lines'],
    ['bars', 'terminal', { TERM: 'dumb' }, false, 'lines'],
    ['lines', 'terminal', {}, false, 'lines'],
    ['json', 'terminal', {}, false, 'json'],
    ['json', 'pipe', {}, true, 'none'],
    ['none', 'terminal', {}, false, 'none'],
  ])('for %s on a %s with %j, quiet %s, is %s', (mode, place, env, quiet, expected) => {
    const out = place === 'terminal' ? terminal : pipe;
    expect(chooseMode({ mode, out, env, quiet })).toBe(expected);
  });

  it.each([
    [{}, true, true],
    [{}, false, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ TERM: 'dumb' }, true, false],
  ])('with %j on a terminal (%s) uses colours: %s', (env, isTTY, expected) => {
    expect(wantsColor(env, { isTTY })).toBe(expected);
  });

  it.each<[ProgressMode, string]>([
    ['none', 'note\n'],
    ['lines', 'endpoint back after 0.0 s\nnote\n'],
    ['json', '{"type":"endpoint.back","awayMs":1}\n{"type":"message","message":"note"}\n'],
    ['bars', 'note\n'],
  ])('makes one that works: %s', async (mode, expected) => {
    const screen = createScreen(80, 24);
    const renderer = await chooseRenderer({ mode, out: screen.out, env: {}, quiet: false, now: () => 0 });
    renderer.emit({ type: 'endpoint.back', awayMs: 1 });
    renderer.log('note');
    renderer.stop();
    expect(screen.raw()).toBe(expected);
  });
});
