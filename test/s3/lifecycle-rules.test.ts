import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { abortRulesIn, hasOurRule, ruleFor, withOurRule } from '../../src/s3/lifecycle-rules.ts';

const rule = (inside: string): string => `<Rule>${inside}<Status>Enabled</Status></Rule>`;
const abortAfter = (days: number): string =>
  `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`;
const documentOf = (...rules: string[]): string =>
  `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`;

describe('a rule of ours', () => {
  it('is added, and replaced when it is another one', () => {
    const first = withOurRule('', 'tmp/', 7);
    expect(hasOurRule(first, 'tmp/', 7)).toBe(true);
    expect(hasOurRule(first, 'tmp/', 8)).toBe(false);
    const second = withOurRule(first, '', 3);
    expect(abortRulesIn(second)).toEqual([{ id: 'partwise-abort-incomplete-uploads', prefix: '', days: 3 }]);
  });

  it('leaves all others as they are, to the letter, also what this program does not know', () => {
    const odd = rule('<ID>their &amp; rule</ID><Filter/><Vendor><Thing a="b">  1 </Thing></Vendor>\n');
    const more = rule(
      '<ID>old</ID><Filter><Prefix>x</Prefix></Filter><Expiration><Days>9</Days></Expiration>',
    );
    const document = withOurRule(documentOf(odd, more), '', 7);
    expect(document).toContain(`${odd}${more}`);
    expect(withOurRule(document, '', 7)).toBe(document);
  });

  it('names its prefix in the old way where the others do', () => {
    const old = rule('<ID>old</ID><Prefix>x</Prefix><Expiration><Days>9</Days></Expiration>');
    expect(withOurRule(documentOf(old), 'y/', 7)).not.toContain('<Filter>');
    expect(hasOurRule(withOurRule(documentOf(old), 'y/', 7), 'y/', 7)).toBe(true);
  });

  it('keeps any prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 9999 }), (prefix, days) => {
        expect(hasOurRule(withOurRule('', prefix, days), prefix, days)).toBe(true);
      }),
    );
  });
});

describe('a rule of a server', () => {
  it.each([
    ['&#x110000;', '\ufffd'],
    ['&#99999999999;', '\ufffd'],
    ['&#xD83D;', '\ufffd'],
    ['&#x1F600;', '😀'],
    ['&#128512;', '😀'],
    ['&#xD83D;&#xDE00;', '😀'],
    ['&constructor;', '&constructor;'],
    ['&__proto__;', '&__proto__;'],
    ['&amp;lt;', '&lt;'],
    ['a & b', 'a & b'],
  ])('with %s in its prefix is about %j', (written, prefix) => {
    const text = rule(`<ID>x</ID><Filter><Prefix>${written}</Prefix></Filter>${abortAfter(7)}`);
    expect(abortRulesIn(documentOf(text))).toEqual([{ id: 'x', prefix, days: 7 }]);
  });
});

describe('the rule that covers a location', () => {
  it('is the soonest of those whose prefix begins it', () => {
    const document = documentOf(
      rule(`<ID>all</ID><Filter/>${abortAfter(30)}`),
      rule(`<ID>logs</ID><Filter><Prefix>logs/</Prefix></Filter>${abortAfter(2)}`),
    );
    expect(ruleFor(document, 'logs/2026/')).toMatchObject({ id: 'logs', days: 2 });
    expect(ruleFor(document, '')).toMatchObject({ id: 'all', days: 30 });
  });

  it.each([
    ['is not in force', `<Rule><Filter/><Status>Disabled</Status>${abortAfter(7)}</Rule>`],
    ['is about another prefix', rule(`<Filter><Prefix>other/</Prefix></Filter>${abortAfter(7)}`)],
    [
      'looks at tags',
      rule(`<Filter><And><Prefix></Prefix><Tag><Key>a</Key></Tag></And></Filter>${abortAfter(7)}`),
    ],
    ['expires objects', rule('<Filter/><Expiration><Days>7</Days></Expiration>')],
  ])('is none that %s', (_, text) => expect(ruleFor(documentOf(text), 'logs/')).toBeUndefined());
});
