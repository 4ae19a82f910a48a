import { textOf } from '../../xml-references.ts';
import { NotUnderstood } from './not-understood.ts';

/** An ampersand that is no reference, or one by a name that XML does not define. */
const ODD = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/;

/** The text of an element without elements, its references resolved. */
export function leafText(raw: string): string {
  if (ODD.test(raw)) throw new NotUnderstood();
  const text = textOf(raw);
  // What looks like a line break between elements is one to the SDK's parser, even where it is all there is.
  if (text.includes('\n') && text.trim() === '') throw new NotUnderstood();
  return text;
}
