import type { ListedEntry } from '../../../transfer/ports.ts';
import { unquote } from '../../encoding.ts';
import { leafText } from './leaf-text.ts';
import { NotUnderstood } from './not-understood.ts';
import { dateOf } from './s3-date.ts';
import type { XmlReader } from './xml-reader.ts';

export type ListedObject = Extract<ListedEntry, { type: 'object' }>;

/** What comes at most once, and holds nothing but text. */
const SCALARS = new Set(['Key', 'LastModified', 'ETag', 'Size', 'StorageClass', 'ChecksumType']);
const WHOLE_NUMBER = /^\d{1,15}$/;

/** Reads the object whose `<Contents>` was just entered, whatever the order of its elements. */
export function scanEntry(reader: XmlReader): ListedObject {
  const found = new Map<string, string>();
  let date: Date | undefined;
  for (let name = reader.enter(); name !== undefined; name = reader.enter()) {
    const isScalar = SCALARS.has(name);
    if (isScalar) once(found, name);
    if (name === 'LastModified') {
      // An empty one without an end is something else to the SDK.
      if (reader.isSelfClosed) throw new NotUnderstood();
      date = dateOf(reader.text());
      reader.leave(name);
    } else if (isScalar || name === 'ChecksumAlgorithm') {
      const text = leafText(reader.text());
      // Of several algorithms the first is told.
      if (isScalar || !found.has(name)) found.set(name, text);
      reader.leave(name);
    } else if (name === 'Owner') {
      once(found, name);
      scanOwner(reader);
    } else if (name === 'RestoreStatus' || name === 'Contents') {
      // The one is told only to those who ask for it, and nobody here does; the other cannot be here.
      throw new NotUnderstood();
    } else reader.skip(name);
  }
  reader.leave('Contents');
  const [key, size] = [found.get('Key'), found.get('Size')];
  if (key === undefined || (size !== undefined && !WHOLE_NUMBER.test(size))) throw new NotUnderstood();
  return {
    type: 'object',
    key,
    size: size === undefined ? Number.NaN : Number(size),
    etag: unquote(found.get('ETag')),
    lastModified: date,
    storageClass: found.get('StorageClass'),
    checksumAlgorithm: found.get('ChecksumAlgorithm'),
  };
}

function scanOwner(reader: XmlReader): void {
  const found = new Map<string, string>();
  for (let name = reader.enter(); name !== undefined; name = reader.enter()) {
    if (name === 'ID' || name === 'DisplayName') {
      once(found, name);
      leafText(reader.text());
      reader.leave(name);
    } else reader.skip(name);
  }
  reader.leave('Owner');
}

function once(found: Map<string, string>, name: string): void {
  if (found.has(name)) throw new NotUnderstood();
  found.set(name, '');
}
