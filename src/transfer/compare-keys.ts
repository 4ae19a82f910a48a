/** From here on UTF-16 and UTF-8 may disagree. */
const HIGH = /[\ud800-\uffff]/;

/** By UTF-8 bytes, as S3 orders keys; JavaScript compares by UTF-16, where surrogates come before U+E000. */
export function compareKeys(left: string, right: string): number {
  if (left === right) return 0;
  if (HIGH.test(left) && HIGH.test(right)) return compareCodePoints(left, right);
  return left < right ? -1 : 1;
}

/** Whether names come behind `after`, which is asked of many. */
export function comesBehind(after: string): (name: string) => boolean {
  return HIGH.test(after) ? (name) => compareKeys(name, after) > 0 : (name) => name > after;
}

function compareCodePoints(left: string, right: string): number {
  let at = 0;
  while (at < left.length && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  // Where only the second halves differ, they decide as they are.
  const [a, b] = [rank(left.charCodeAt(at)), rank(right.charCodeAt(at))];
  if (Number.isNaN(a) || Number.isNaN(b)) return left.length - right.length;
  return a - b;
}

/** Surrogates stand for what is above U+FFFF. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
