import { SLASH, type Range, type Step } from './glob-steps.ts';

/** Numbers, since a listing asks millions of times. */
const KINDS = { literal: 0, any: 1, class: 2, star: 3, globstar: 4, jump: 5, end: 6 } as const;

/**
 * Makes a matcher of a compiled pattern. It follows all ways of matching at once, one character of the name after the
 * other: a state is a step that the next character has to pass, and no state is entered twice for one character. So the
 * time is bounded by the length of the pattern times that of the name, whatever the pattern.
 */
export function createMatcher(steps: readonly Step[]): (name: string) => boolean {
  const kinds = Uint8Array.from(steps, ({ type }) => KINDS[type]);
  const codes = Int32Array.from(steps, (step) => (step.type === 'literal' ? step.code : -1));
  const end = (steps.length - 1) * 2;
  // A step has two states: in the odd one it comes after a `**` that stands for no segment, whose slash is missing too.
  const entered = new Float64Array(steps.length * 2);
  let position = 0;
  let states = new Int32Array(steps.length);
  let nextStates = new Int32Array(steps.length);
  let nextCount = 0;
  // A list instead of recursion: patterns can be nested deeper than the stack.
  const pending: number[] = [];

  /** Enters a state, and those that need no character to be reached from it. */
  const enter = (first: number, isSegmentStart: boolean): void => {
    for (let id: number | undefined = first; id !== undefined; id = pending.pop()) {
      if (entered[id] === position) continue;
      entered[id] = position;
      const at = id >> 1;
      const kind = kinds[at];
      if (kind === KINDS.jump) {
        const step = steps[at];
        if (step?.type === 'jump') for (const to of step.to) pending.push(to * 2 + (id & 1));
      } else if ((id & 1) === 1) {
        if (codes[at] === SLASH) pending.push(id + 1);
      } else {
        nextStates[nextCount++] = id;
        if (kind === KINDS.star || kind === KINDS.globstar) pending.push(id + 2);
        if (kind === KINDS.globstar && isSegmentStart) pending.push(id + 3);
      }
    }
  };

  /** Enters what follows a state that takes this character. */
  const advance = (id: number, code: number): void => {
    const at = id >> 1;
    const kind = kinds[at];
    if (kind === KINDS.literal) {
      if (codes[at] === code) enter(id + 2, code === SLASH);
    } else if (kind === KINDS.globstar) {
      enter(id, code === SLASH);
    } else if (code !== SLASH) {
      const step = steps[at];
      if (kind === KINDS.star) enter(id, false);
      else if (kind === KINDS.any) enter(id + 2, false);
      else if (step?.type === 'class' && isAmong(step.ranges, code) !== step.isNegated) enter(id + 2, false);
    }
  };

  return (name) => {
    position++;
    nextCount = 0;
    enter(0, true);
    for (const character of name) {
      const count = nextCount;
      [states, nextStates] = [nextStates, states];
      position++;
      nextCount = 0;
      const code = character.codePointAt(0) ?? 0;
      for (let index = 0; index < count; index++) advance(states[index] ?? 0, code);
      if (nextCount === 0) return false;
    }
    return entered[end] === position;
  };
}

function isAmong(ranges: readonly Range[], code: number): boolean {
  return ranges.some(([from, to]) => from <= code && code <= to);
}
