import { NotUnderstood } from './not-understood.ts';

const REFERENCE = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));|&/g;
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text of an element without elements, its references resolved. */
export function leafText(raw: string): string {
  const text = raw.includes('&') ? raw.replace(REFERENCE, resolve) : raw;
  // What looks like a line break between elements is one to the SDK's parser, even where it is all there is.
  if (text.includes('\n') && text.trim() === '') throw new NotUnderstood();
  return text;
}

function resolve(_: string, hex?: string, decimal?: string, named?: string): string {
  if (named !== undefined) return NAMED[named] ?? '';
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  // The SDK's parser makes something else of what is above, and passes over what is none.
  if (Number.isNaN(code) || code > 0xffff) throw new NotUnderstood();
  return String.fromCharCode(code);
}
