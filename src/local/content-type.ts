import mime from 'mime';

/** The content type of a file name from a bundled table, the same on every machine; no charset is added. */
export function contentTypeOf(name: string): string {
  return mime.getType(name) ?? 'application/octet-stream';
}
