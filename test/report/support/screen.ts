import { Writable } from 'node:stream';

/** A terminal in memory: it understands what cli-progress and Node's readline write, and nothing else. */
export type Screen = {
  readonly out: Writable & { isTTY: boolean; columns: number; rows: number };
  /** What is to be seen, without empty lines at the end. */
  readonly text: () => string;
  readonly raw: () => string;
  readonly isCursorShown: () => boolean;
  readonly doesWrap: () => boolean;
};

const ESCAPE = '\u001b';
const SEQUENCE = new RegExp(`${ESCAPE}\\[(\\??)(\\d*)([A-Za-z])|\\n|[^${ESCAPE}\\n]`, 'gu');

/** Makes a terminal of `columns` by `rows`. */
export function createScreen(columns: number, rows: number): Screen {
  const lines: string[] = [''];
  let [x, y, raw, cursor, wrap] = [0, 0, '', true, true];

  const put = (character: string): void => {
    if (x >= out.columns && wrap) moveDown();
    // Without wrapping the last column is written over and over.
    const column = Math.min(x, out.columns - 1);
    const line = (lines[y] ?? '').padEnd(column);
    lines[y] = line.slice(0, column) + character + line.slice(column + 1);
    x = column + 1;
  };
  const moveDown = (): void => {
    [x, y] = [0, y + 1];
    lines[y] ??= '';
  };
  const control = (isPrivate: boolean, count: string, command: string): void => {
    const line = lines[y] ?? '';
    switch (isPrivate ? `?${count}${command}` : command) {
      case '?25h':
      case '?25l':
        cursor = command === 'h';
        return;
      case '?7h':
      case '?7l':
        wrap = command === 'h';
        return;
      case 'A':
        // A terminal cannot go above its first visible row.
        y = Math.max(0, lines.length - out.rows, y - Number(count || 1));
        return;
      case 'G':
        x = Number(count || 1) - 1;
        return;
      case 'K':
        lines[y] = count === '2' ? '' : line.slice(0, x);
        return;
      case 'J':
        lines.splice(y, lines.length, line.slice(0, x));
        return;
      case 'm':
        return;
      default:
        throw new Error(`this screen does not know ${JSON.stringify(command)}`);
    }
  };
  const write = (text: string): void => {
    raw += text;
    for (const [token, mark = '', count = '', command] of text.matchAll(SEQUENCE)) {
      if (command !== undefined) control(mark === '?', count, command);
      else if (token === '\n') moveDown();
      else put(token);
    }
  };

  const stream = new Writable({
    decodeStrings: false,
    write: (text: string, _encoding, done) => {
      write(text);
      done();
    },
  });
  const out = Object.assign(stream, { isTTY: true, columns, rows });
  return {
    out,
    text: () =>
      lines
        .map((line) => line.trimEnd())
        .join('\n')
        .trimEnd(),
    raw: () => raw,
    isCursorShown: () => cursor,
    doesWrap: () => wrap,
  };
}
