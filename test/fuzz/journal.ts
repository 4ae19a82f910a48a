import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileJournal } from '../../src/local/file-journal.ts';
import { parsePage, printHead, printPart } from '../../src/local/journal-page.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import type { JournalEntry, RememberedPart } from '../../src/transfer/journal.ts';
import { MAX_PARTS } from '../../src/transfer/plan.ts';
import type { Random } from '../soak/random.ts';
import { Finding, type FuzzTarget } from './target.ts';

const TRANSFER = { direction: 'put', endpoint: 'http://x', object: 's3://b/k', local: '/f' } as const;
const ENTRY: JournalEntry = { size: 20, partSize: 5, shape: 'shape', begunAt: 1, reference: 'upload' };
const VALUES = [
  ...([
    '0',
    '-1',
    '1',
    '1e3',
    '1e308',
    '1e999',
    '0.5',
    '9007199254740993',
    '6442450944',
    'null',
    'true',
    '""',
  ] as const),
  ...([
    '[]',
    '{}',
    '"a"',
    '{"crc32":"00"}',
    '{"crc32":7}',
    '{"__proto__":"aa"}',
    '[["a"]]',
    '"\\ud800"',
  ] as const),
] as const;
const INSERTS = [
  '\n',
  '\0',
  '"',
  '{',
  '}',
  ',',
  ':',
  '\\',
  '\ufeff',
  '__proto__',
  '{"number":1}\n',
  '\n\n',
  '[[',
] as const;

/** Pages of the journal that something has damaged. */
export const journal: FuzzTarget = {
  name: 'journal',
  async one(random) {
    const page = damage(random, drawPage(random));
    checkParsed(page);
    // Files take longer than texts.
    if (random.chance(0.05)) await checkRuns(page);
  },
};

function drawPage(random: Random): string {
  const entry = { ...ENTRY, reference: random.pick(['upload', null] as const) };
  const direction = random.pick(['put', 'get'] as const);
  const parts = Array.from({ length: random.whole(0, 4) }, (_, index) =>
    printPart({ number: index + 1, size: 5, etag: 'etag', sums: { crc32: '0a' } }),
  );
  return printHead({ ...TRANSFER, direction }, entry) + parts.join('');
}

function damage(random: Random, page: string): string {
  let text = page;
  for (let turn = random.whole(0, 4); turn > 0; turn--) {
    const at = random.whole(0, text.length);
    const kind = random.pick(['value', 'insert', 'cut', 'drop', 'twice', 'letter'] as const);
    if (kind === 'value') text = replaceValue(random, text);
    if (kind === 'insert') text = text.slice(0, at) + random.pick(INSERTS) + text.slice(at);
    if (kind === 'cut') text = text.slice(0, at);
    if (kind === 'drop') text = text.slice(0, at) + text.slice(at + random.whole(1, 20));
    if (kind === 'twice') text = text.slice(0, at) + text.slice(Math.floor(at / 2));
    if (kind === 'letter')
      text = text.slice(0, at) + String.fromCodePoint(random.whole(0, 0x2ff)) + text.slice(at + 1);
  }
  return text;
}

/** Gives one of the fields another value. */
function replaceValue(random: Random, text: string): string {
  const fields = Array.from(text.matchAll(/":("[^"]*"|[^,{}]+)/g));
  const field = fields[random.whole(0, fields.length - 1)];
  if (!field) return text;
  return `${text.slice(0, field.index)}":${random.pick(VALUES)}${text.slice(field.index + field[0].length)}`;
}

/** Reading gives values that can be true, or says why it gives none. */
function checkParsed(page: string): void {
  let found: ReturnType<typeof parsePage>;
  try {
    found = parsePage(page);
  } catch (error) {
    if (error instanceof TransferError && error.kind === 'disk') return;
    throw new Finding('reading a page throws', page, error);
  }
  const wrong = wrongIn(found.entry) ?? found.parts.map(wrongInPart).find((why) => why !== undefined);
  if (wrong !== undefined) throw new Finding(`a page is believed: ${wrong}`, page);
}

function wrongIn({ size, partSize, begunAt, shape, reference }: JournalEntry): string | undefined {
  if (![size, partSize, begunAt].every((value) => Number.isSafeInteger(value) && value >= 0))
    return 'a number';
  if (partSize === 0 || Math.ceil(size / partSize) > MAX_PARTS) return 'the size of parts';
  return typeof shape === 'string' && (reference === null || typeof reference === 'string')
    ? undefined
    : 'a text';
}

function wrongInPart({ number, size, etag, sums }: RememberedPart): string | undefined {
  if (!Number.isSafeInteger(number) || number < 1 || !Number.isSafeInteger(size) || size < 0) return 'a part';
  if (typeof etag !== 'string') return 'an ETag';
  return Object.values(sums).every((sum) => /^[0-9a-f]+$/.test(sum)) ? undefined : 'a sum';
}

/** A run that finds the page works, and so does the one behind it. */
async function checkRuns(page: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'partwise-fuzz-page-'));
  try {
    const open = (): ReturnType<ReturnType<typeof fileJournal>['open']> =>
      fileJournal(folder, { onWarning: () => undefined }).open(TRANSFER);
    const first = await open();
    await first.save(ENTRY);
    await first.release();
    const [name = ''] = await readdir(join(folder, 'transfers'));
    await writeFile(join(folder, 'transfers', name), page);
    const second = await open();
    await second.save(ENTRY);
    await second.addPart({ number: 1, size: 5, etag: 'e', sums: {} });
    await second.release();
    const third = await open();
    await third.release();
    if (third.entry?.reference !== ENTRY.reference || third.parts.length !== 1)
      throw new Finding('a run after a damaged page remembers nothing', page);
  } catch (error) {
    throw error instanceof Finding ? error : new Finding('a run fails at a damaged page', page, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
