/** Places keys on a line between two of them, as numbers that tell how many keys may lie between. */
export type KeyScale = {
  /** From 0 at the lower key to 1 at the upper one. */
  fractionOf(key: string): number;
  /** A key, or the beginning of some, near that fraction. */
  keyAt(fraction: number): string;
};

/** Beyond this many different keys a double tells no more. */
const FINEST = 2 ** 40;
const MOST_PLACES = 100;
/** Keys may be longer than any that were seen. */
const MORE_PLACES = 2;
const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';

/**
 * A scale between two keys. What may stand at a place in a key is guessed from the samples: where these differ in a
 * digit, any digit; where in a letter, any letter, or only those of hexadecimal numbers; and where they do not differ,
 * nothing else. `isWide`: any digit where there is one. A bad guess makes uneven steps, never wrong ones: keys are only
 * ever compared.
 */
export function scaleBetween(
  low: string,
  high: string,
  samples: readonly string[],
  isWide = false,
): KeyScale {
  const [from, to] = [Array.from(low), Array.from(high)];
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared++;
  const beginning = from.slice(0, shared).join('');
  const alphabets = alphabetsOf([from, to, ...samples.map((key) => Array.from(key))], shared, isWide);

  const valueOf = (key: readonly string[]): number => {
    let value = 0;
    let unit = 1;
    alphabets.forEach((alphabet, index) => {
      unit /= alphabet.length;
      const character = key[shared + index];
      if (character !== undefined) value += unit * rankIn(alphabet, character);
    });
    return value;
  };
  const start = valueOf(from);
  const span = valueOf(to) - start;
  return {
    fractionOf: (key) => (span > 0 ? Math.min(1, Math.max(0, (valueOf(Array.from(key)) - start) / span)) : 0),
    keyAt(fraction) {
      let rest = start + fraction * span;
      let step = span;
      let key = beginning;
      for (const alphabet of alphabets) {
        rest *= alphabet.length;
        step *= alphabet.length;
        const rank = Math.min(alphabet.length - 1, Math.max(0, Math.floor(rest)));
        key += alphabet[rank] ?? '';
        rest -= rank;
        // Fine enough to tell a thousandth of the way.
        if (step > 1000) break;
      }
      return key;
    },
  };
}

/** What may stand at each place from `start` on, in order. */
function alphabetsOf(
  keys: readonly (readonly string[])[],
  start: number,
  isWide: boolean,
): readonly (readonly string[])[] {
  const alphabets: (readonly string[])[] = [];
  // Within a number all digits behind one that differs do so, too.
  let isCounting = false;
  const longest = Math.min(start + MOST_PLACES, Math.max(...keys.map(({ length }) => length)) + MORE_PLACES);
  for (let place = start, size = 1; size < FINEST && place < longest; place++) {
    const characters = new Set(keys.flatMap((key) => key[place] ?? []));
    const differ = characters.size > 1;
    isCounting = [...characters].some((one) => DIGITS.includes(one)) && (isCounting || differ || isWide);
    if (characters.size === 0) alphabets.push(Array.from(DIGITS));
    else alphabets.push(inOrder(differ || isCounting ? around(characters) : characters));
    size *= alphabets.at(-1)?.length ?? 1;
  }
  return alphabets;
}

/** Characters, and those of their kind. */
function around(characters: ReadonlySet<string>): ReadonlySet<string> {
  const isHex = [...characters].every((one) => !/[g-zG-Z]/.test(one));
  const letters = isHex ? LOWER.slice(0, 6) : LOWER;
  const kinds = [DIGITS, letters, letters.toUpperCase()];
  return new Set(
    [...characters].flatMap((one) => Array.from(kinds.find((kind) => kind.includes(one)) ?? one)),
  );
}

function inOrder(characters: ReadonlySet<string>): readonly string[] {
  return [...characters].toSorted((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
}

function rankIn(alphabet: readonly string[], character: string): number {
  const code = character.codePointAt(0) ?? 0;
  const rank = alphabet.findIndex((one) => (one.codePointAt(0) ?? 0) >= code);
  return rank === -1 ? alphabet.length : rank;
}
