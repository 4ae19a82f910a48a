import { MAX_TEXT_CHARS } from '../../judge-markup.ts';
import { NotUnderstood } from './not-understood.ts';

/** Steps through the elements of a document; whatever is not plain elements and text is not understood. */
export type XmlReader = {
  readonly at: number;
  /** Whether the element that was entered last is empty, and has no end of its own. */
  readonly isSelfClosed: boolean;
  /** How many elements were entered. */
  readonly elements: number;
  /** Goes to another place in the document. */
  moveTo(at: number): void;
  /** The name of the next element within the current one, entered; `undefined` when there are no more. */
  enter(): string | undefined;
  /** The text of the element that was entered last, as it stands, and leaves it. */
  text(): string;
  /** Leaves the element of this name, all of whose elements were read. */
  leave(name: string): void;
  /** Leaves the element that was entered last, whatever it holds. */
  skip(name: string): void;
};

/** Names of S3 begin so; others could be names that the SDK's parser stumbles over. */
const OPENING = /<([A-Z][A-Za-z0-9]*)(\/?)>/y;
/** What may lie between elements; spaces without a line end count as text in the SDK's parser. */
const GAP = /[ \t]*\n[ \t\n]*/y;
const MAX_DEPTH = 64;

/** A reader over the inside of the root element, which begins at `start`. */
export function createXmlReader(xml: string, start: number): XmlReader {
  let at = start;
  let isSelfClosed = false;
  let elements = 0;

  const moveWithin = (end: number): void => {
    // The check of every other document refuses what is longer, and this one must not take it.
    if (end - at > MAX_TEXT_CHARS) throw new NotUnderstood();
    at = end;
  };
  const skipGap = (): void => {
    GAP.lastIndex = at;
    if (GAP.test(xml)) moveWithin(GAP.lastIndex);
  };
  const take = (text: string): void => {
    if (!xml.startsWith(text, at)) throw new NotUnderstood();
    at += text.length;
  };
  const textBefore = (end: number): string => {
    if (end === -1) throw new NotUnderstood();
    const text = xml.slice(at, end);
    moveWithin(end);
    return text;
  };

  const reader: XmlReader = {
    get at() {
      return at;
    },
    get isSelfClosed() {
      return isSelfClosed;
    },
    get elements() {
      return elements;
    },
    moveTo(place) {
      at = place;
      isSelfClosed = false;
    },
    enter() {
      if (isSelfClosed) return undefined;
      skipGap();
      if (xml.startsWith('</', at)) return undefined;
      OPENING.lastIndex = at;
      const [whole = '', name, slash] = OPENING.exec(xml) ?? [];
      if (name === undefined) throw new NotUnderstood();
      moveWithin(at + whole.length);
      elements++;
      isSelfClosed = slash === '/';
      return name;
    },
    text() {
      return isSelfClosed ? '' : textBefore(xml.indexOf('<', at));
    },
    leave(name) {
      if (!isSelfClosed) take(`</${name}>`);
      isSelfClosed = false;
    },
    skip(name) {
      const open = [name];
      while (open.length > 0) {
        const within = isSelfClosed ? undefined : enterAmidText();
        if (within === undefined) reader.leave(open.pop() ?? '');
        // What lies in another of its name, or deep, nobody has seen of S3.
        else if (open.includes(within) || open.length > MAX_DEPTH) throw new NotUnderstood();
        else open.push(within);
      }
    },
  };
  const enterAmidText = (): string | undefined => {
    textBefore(xml.indexOf('<', at));
    return xml.startsWith('</', at) ? undefined : reader.enter();
  };
  return reader;
}
