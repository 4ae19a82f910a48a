import { TransferError } from '../transfer/errors.ts';
import type { JournalEntry, RememberedPart, RememberedTransfer } from '../transfer/journal.ts';
import { MAX_PART_SIZE, MAX_PARTS } from '../transfer/plan.ts';
import type { Sums } from '../transfer/ports.ts';

/** A line for each of 10,000 parts takes a tenth of it. */
export const MAX_PAGE_BYTES = 16 * 1024 ** 2;

/** Pages of another version are not read. */
const VERSION = 1;

/** The first line of a page: which transfer, and how its upload was begun. */
export function printHead(transfer: RememberedTransfer, entry: JournalEntry): string {
  return `${JSON.stringify({ version: VERSION, ...transfer, ...entry })}\n`;
}

/** One line for each part that was acknowledged. */
export function printPart({ number, size, etag, sums }: RememberedPart): string {
  return `${JSON.stringify({ number, size, etag, sums })}\n`;
}

/**
 * Reads a page. A last line that was cut by a crash is left out; a head that makes no sense is no page.
 * @throws TransferError `disk`
 */
export function parsePage(text: string): {
  readonly entry: JournalEntry;
  readonly parts: readonly RememberedPart[];
} {
  const [head = '', ...lines] = text.split('\n');
  const entry = entryOf(parseLine(head));
  if (!entry) throw new TransferError('disk', 'it is damaged, or from another version');
  const parts = new Map<number, RememberedPart>();
  for (const line of lines) {
    const part = partOf(parseLine(line));
    if (part) parts.set(part.number, part);
  }
  return { entry, parts: [...parts.values()] };
}

type Fields = ReadonlyMap<string, unknown>;

function parseLine(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined; // half a line: the crash came first
  }
}

function entryOf(fields: Fields | undefined): JournalEntry | undefined {
  const size = numberIn(fields, 'size');
  const partSize = numberIn(fields, 'partSize');
  const begunAt = numberIn(fields, 'begunAt');
  const shape = textIn(fields, 'shape');
  const reference = fields?.get('reference') === null ? null : textIn(fields, 'reference');
  if (numberIn(fields, 'version') !== VERSION || size === undefined || !partSize || begunAt === undefined)
    return undefined;
  if (shape === undefined || reference === undefined) return undefined;
  const isUpload = textIn(fields, 'direction') === 'put';
  if (Math.ceil(size / partSize) > MAX_PARTS || (isUpload && partSize > MAX_PART_SIZE)) return undefined;
  const createdAt = numberIn(fields, 'createdAt');
  return { size, partSize, shape, begunAt, reference, ...(createdAt !== undefined && { createdAt }) };
}

function partOf(fields: Fields | undefined): RememberedPart | undefined {
  const number = numberIn(fields, 'number');
  const size = numberIn(fields, 'size');
  const etag = textIn(fields, 'etag');
  const sums = sumsIn(fields?.get('sums'));
  if (!number || size === undefined || etag === undefined || !sums) return undefined;
  return { number, size, etag, sums };
}

function numberIn(fields: Fields | undefined, name: string): number | undefined {
  const value = fields?.get(name);
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function textIn(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.get(name);
  return typeof value === 'string' ? value : undefined;
}

function sumsIn(value: unknown): Sums | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const entries = Object.entries(value).filter((entry): entry is [string, string] =>
    /^[0-9a-f]+$/.test(String(entry[1])),
  );
  return Object.fromEntries(entries);
}
