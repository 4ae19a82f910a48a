import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Which rooms a room may enter, beside itself. Reading this table is reading the architecture. */
const MAY_ENTER: Readonly<Record<string, readonly string[]>> = {
  transfer: [],
  s3: ['transfer'],
  local: ['transfer'],
  report: ['transfer'],
  cli: ['transfer', 's3', 'local', 'report', 'library'],
  library: ['transfer', 's3', 'local'],
};
/** The entry and what it is composed of: files of `src` itself. */
const LIBRARY = new Set(['index.ts', 'connect.ts']);

/** Packages and modules with few homes, by how their names begin. */
const HOMES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^@aws-sdk\//, ['s3']],
  [/^@smithy\//, ['s3']],
  [/^(https?-proxy-agent|proxy-from-env)$/, ['s3']],
  [/^(@node-rs\/crc32|mime)$/, ['local']],
  [/^(cli-progress|chalk)$/, ['report']],
  [/^(commander|@commander-js\/.*)$/, ['cli']],
  [/^node:(fs|zlib)(\/.*)?$/, ['local']],
  // Signatures of requests are sums too.
  [/^node:crypto$/, ['local', 's3']],
  [/^node:(https?|net|tls)$/, ['s3']],
  [/^node:(worker_threads|util)$/, ['local']],
  // How the engine below compiles is the program's affair, not the library's.
  [/^node:v8$/, ['cli']],
  [/^node:timers\/promises$/, ['transfer']],
  [/^node:stream(\/.*)?$/, ['s3', 'local', 'cli']],
  [/^node:module$/, ['local', 'cli']],
  [/^node:string_decoder$/, ['s3']],
  [/^node:events$/, ['s3', 'cli']],
  [/^node:(path|os|buffer)$/, ['local', 'cli']],
];

type Import = { readonly from: string; readonly isType: boolean };
type SourceFile = { readonly path: string; readonly text: string };

/** Every TypeScript file below a folder, by its path with slashes. */
function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => ({
      path: path.split(sep).join('/'),
      text: readFileSync(join(ROOT, folder, path), 'utf8'),
    }));
}

/** What a file imports or passes on: static, dynamic and required. */
function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const statements = code.matchAll(/^\s*(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s*'([^']+)'/gms);
  const others = code.matchAll(
    /(?:^\s*import|\bimport\(|\brequire\(|\bcreateRequire\([^)]*\)\()\s*'([^']+)'/gm,
  );
  const found = [
    ...[...statements].map(([, type, from = '']) => ({ from, isType: type !== undefined })),
    ...[...others].map(([, from = '']) => ({ from, isType: false })),
  ];
  // A version that is shown is data, not code.
  return found.filter(({ from }) => !from.endsWith('/package.json'));
}

/** The code without its comments; a `//` within quotes stays. */
function withoutComments(text: string): string {
  return text.replace(/('(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, (_, quoted) =>
    typeof quoted === 'string' ? quoted : '',
  );
}

function roomOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : 'library';
}

const SOURCES = filesIn('src');

describe('the rooms of src', () => {
  test('are the ones of the table', () => {
    expect([...new Set(SOURCES.map(({ path }) => roomOf(path)))].toSorted()).toEqual(
      Object.keys(MAY_ENTER).toSorted(),
    );
    expect(SOURCES.map(({ path }) => path).filter((path) => !path.includes('/'))).toEqual(
      expect.arrayContaining(['index.ts']),
    );
    for (const { path } of SOURCES) if (!path.includes('/')) expect(LIBRARY).toContain(path);
  });

  test.each(SOURCES)('are entered by $path only where it may', ({ path, text }) => {
    const room = roomOf(path);
    for (const { from, isType } of importsOf(text)) {
      if (!from.startsWith('.')) continue;
      const target = roomOf(posix.join(posix.dirname(path), from));
      expect([room, ...(MAY_ENTER[room] ?? [])], `${path} imports ${from}`).toContain(target);
      if (room === 'report' && target === 'transfer')
        expect(isType, `${path} imports more than types from ${from}`).toBe(true);
    }
  });

  test.each(SOURCES)('keep their packages out of $path', ({ path, text }) => {
    const room = roomOf(path);
    for (const { from } of importsOf(text)) {
      if (from.startsWith('.')) continue;
      const homes = HOMES.find(([pattern]) => pattern.test(from))?.[1];
      // A package without a home needs a line in the table, and a reason.
      expect(homes, `${path} imports ${from}, which has no home`).toBeDefined();
      expect(homes, `${path} imports ${from}`).toContain(room);
    }
  });

  test('leave the process to the shell; the library only looks into its environment by default', () => {
    const users = SOURCES.filter(({ text }) => /\bprocess\b\s*[.[]|node:process/.test(withoutComments(text)));
    const outside = users.map(({ path }) => path).filter((path) => roomOf(path) !== 'cli');
    // A lock names the process that holds it, and asks whether another one still runs.
    const allowed = new Set(['connect.ts', 'local/process-identity.ts']);
    expect(outside.filter((path) => !allowed.has(path))).toEqual([]);
    const connect = SOURCES.find(({ path }) => path === 'connect.ts');
    const uses = withoutComments(connect?.text ?? '').match(/\bprocess\b[.[]\w*/g) ?? [];
    expect(uses.every((use) => use === 'process.env')).toBe(true);
  });
});

/** The files whose code matches. */
function matching(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.filter(({ text }) => pattern.test(withoutComments(text))).map(({ path }) => path);
}

describe('every file', () => {
  const files = [...SOURCES, ...filesIn('test').map(({ path, text }) => ({ path: `test/${path}`, text }))];

  test.each(files)('$path has 300 lines at most', ({ text }) => {
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(300);
  });

  test('exports by name, and each name', () => {
    const defaults = matching(files, /^\s*export\s+default\b|\bas\s+default\b/m);
    // A reporter of vitest is its module's default export; nothing else is.
    const reporters = new Set([
      'test/support/processes/report-tests.ts',
      'test/faults/report-matrix.ts',
      'test/servers/report-capabilities.ts',
    ]);
    expect(defaults.filter((path) => !reporters.has(path))).toEqual([]);
    expect(matching(files, /^\s*export\s+(type\s+)?\*/m)).toEqual([]);
  });

  test('look no word from elsewhere up in a plain object', () => {
    // `{ a: 1 }["constructor"]` is a function: a table that is asked by any text is a Map. A table over a closed union
    // of literals may be an object, since only its own keys can be asked.
    const tables = SOURCES.filter(({ text }) =>
      /:\s*(?:Readonly<)?Record<string,[^=;]*>\s*=\s*\{\s*[^\s}.]/.test(withoutComments(text)),
    );
    expect(tables.map(({ path }) => path)).toEqual([]);
  });
});
