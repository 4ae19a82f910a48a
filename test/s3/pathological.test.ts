import { describe, expect, test } from 'vitest';
import { isHtml, MAX_PAGE_BYTES } from '../../src/s3/answer.ts';
import { readDocument } from '../../src/s3/check-answer.ts';
import { faultOf } from '../../src/s3/judge-markup.ts';
import { abortRulesIn, hasOurRule, ruleFor, withOurRule } from '../../src/s3/lifecycle-rules.ts';
import { mendDates, mendReferences } from '../../src/s3/mend-document.ts';
import { parseServerDate } from '../../src/s3/server-date.ts';
import { readLike } from '../../src/s3/wire/page/entry-pattern.ts';
import { leafText } from '../../src/s3/wire/page/leaf-text.ts';
import { NotUnderstood } from '../../src/s3/wire/page/not-understood.ts';
import { dateOf } from '../../src/s3/wire/page/s3-date.ts';
import { scanPage } from '../../src/s3/wire/page/scan-page.ts';
import { elementText, rawElement, rawElements } from '../../src/s3/xml-element.ts';
import { textOf } from '../../src/s3/xml-references.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { type Frame, FRAMES, pathologicalDocuments } from './pathological.ts';

type Read = (text: string) => unknown;
const { text, page, key, rule } = FRAMES;
/** Every function that reads the text of a server, but for the SDK's parser, and what it is given. */
const READERS: readonly (readonly [string, Frame, Read])[] = [
  ['readDocument', page, (given) => document(given, 200, ['ListBucketResult'])],
  ['readDocument', key, (given) => document(given, 200, ['ListBucketResult'])],
  ['readDocument, of an error,', text, (given) => document(given, 500, ['ListBucketResult'])],
  [
    'readDocument, of an error under a good status,',
    text,
    (given) => document(`<Error>${given}`, 200, ['A']),
  ],
  ['scanPage', page, scanPage],
  ['scanPage', key, scanPage],
  ['faultOf', text, (given) => faultOf(given, 0)],
  ['mendDates', text, mendDates],
  ['mendReferences', text, mendReferences],
  ['rawElement', text, (given) => rawElement(given, 'Key')],
  ['rawElements', text, (given) => rawElements(given, 'Rule')],
  ['elementText', key, (given) => elementText(given, 'Key')],
  ['textOf', text, textOf],
  ['leafText', text, leafText],
  ['readLike', text, readLike],
  ['isHtml', text, (given) => isHtml(given, {})],
  ['parseServerDate', text, parseServerDate],
  ['dateOf', text, dateOf],
  ['abortRulesIn', rule, abortRulesIn],
  ['ruleFor', text, (given) => ruleFor(given, '')],
  ['withOurRule', rule, (given) => withOurRule(given, '', 1)],
  ['hasOurRule', rule, (given) => hasOurRule(given, '', 1)],
];

async function document(text: string, status: number, roots: readonly string[]): Promise<string> {
  return await readDocument({ status, headers: {} }, text, {
    what: 'list',
    roots,
    maxBytes: 2 * MAX_PAGE_BYTES,
  });
}

describe('a document of the largest size', () => {
  // No time is measured: at this size a loop in a loop takes many minutes, and the test is ended.
  test.each(READERS)('%s reads %j in one pass, whatever stands between', async (_, frame, read) => {
    const errors: unknown[] = [];
    for (const given of pathologicalDocuments(frame, MAX_PAGE_BYTES)) {
      try {
        await read(given);
      } catch (error) {
        errors.push(error);
      }
    }
    const isExpected = (error: unknown): boolean =>
      error instanceof TransferError || error instanceof NotUnderstood;
    expect(errors.filter((error) => !isExpected(error))).toEqual([]);
  });
});

describe('a document is refused', () => {
  const list = (inside: string): string => `<ListBucketResult>${inside}</ListBucketResult>`;

  test.each([
    ['that nests too deeply', /nests too deeply/, list('<A>'.repeat(100) + '</A>'.repeat(100))],
    ['that hides its depth behind remarks', /nests too deeply/, list('<A><!--</A>-->'.repeat(100))],
    ['that hides its depth within a short remark', /nests too deeply/, list('<!--><A> -->'.repeat(100))],
    ['that hides its depth behind CDATA', /nests too deeply/, list('<A><![CDATA[</A>]]>'.repeat(100))],
    ['that hides its depth behind attributes', /nests too deeply/, list('<A b="/>" c=\'/>\'>'.repeat(100))],
    ['with a long text', /longer text/, list(`<A>${'a'.repeat(9000)}</A>`)],
    ['with long white space', /longer text/, list(' '.repeat(9000))],
    ['with a long remark', /longer text/, list(`<!--${' '.repeat(9000)}-->`)],
    ['with a long attribute', /longer text/, `<ListBucketResult a="${'b'.repeat(9000)}"></ListBucketResult>`],
    ['with many elements', /more elements/, list('<A/>'.repeat(70_000))],
    ['with a tag in a tag', /broken/, list('<A<A>')],
    ['with an attribute without quotes', /broken/, list('<A b=c></A>')],
    ['with something behind its end', /broken/, list('</ListBucketResult><A/><ListBucketResult>')],
    ['that was cut in text', /cut short/, list('<A>').slice(0, -19)],
    ['that was cut in a tag', /cut short/, '<ListBucketResult><A'],
    ['that was cut in a remark', /cut short/, '<ListBucketResult><!-- '],
  ])('%s', async (_, message, text) => {
    await expect(document(text, 200, ['ListBucketResult'])).rejects.toThrow(message);
    expect(scanPage(text)).toBeUndefined();
  });

  test.each([
    ['with remarks, CDATA and instructions', list('<!-- < --><A><![CDATA[ < ]]></A><?x < ?>')],
    ['that is one empty element', '<?xml version="1.0"?>\n<ListBucketResult xmlns="a" b = \'c\' />'],
    ['with space around', `\n${list('<A/>')}\n\n`],
    ['as deep as 60 elements', list('<A>'.repeat(60) + '</A>'.repeat(60))],
  ])('but not %s', async (_, text) => {
    await expect(document(text, 200, ['ListBucketResult'])).resolves.toBeTypeOf('string');
  });
});
