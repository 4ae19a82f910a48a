import { resolveReferences } from '../../xml-references.ts';
import { NotUnderstood } from './not-understood.ts';

/** The text of an element without elements, its references resolved. */
export function leafText(raw: string): string {
  const text = resolveReferences(raw, characterOf);
  // What looks like a line break between elements is one to the SDK's parser, even where it is all there is.
  if (text.includes('\n') && text.trim() === '') throw new NotUnderstood();
  return text;
}

function characterOf(code: number | undefined): string {
  // The SDK's parser makes something else of what is above, and passes over what is none.
  if (code === undefined || code > 0xffff) throw new NotUnderstood();
  return String.fromCharCode(code);
}
