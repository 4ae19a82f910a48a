import { elementText, rawElement, rawElements } from './xml-element.ts';

/** The name of the rule that this program adds; it replaces no other. */
export const OUR_RULE_ID = 'partwise-abort-incomplete-uploads';

/** A rule that aborts unfinished uploads some days after their beginning. */
export type AbortRule = {
  readonly id: string;
  /** Keys that begin so; empty: all. */
  readonly prefix: string;
  readonly days: number;
};

/** The rules of a document that are in force and abort every unfinished upload under their prefix. */
export function abortRulesIn(document: string): AbortRule[] {
  return rulesIn(document).flatMap((rule) => {
    const abort = rawElement(rule, 'AbortIncompleteMultipartUpload') ?? '';
    const days = Number(elementText(abort, 'DaysAfterInitiation'));
    if (elementText(rule, 'Status') !== 'Enabled' || !Number.isSafeInteger(days) || days < 1) return [];
    const filter = rawElement(rule, 'Filter') ?? '';
    // One that looks at tags or sizes is not about all uploads, which have neither.
    if (/<(?:Tag|ObjectSize\w+)>/.test(filter)) return [];
    return [{ id: elementText(rule, 'ID') ?? '', prefix: elementText(rule, 'Prefix') ?? '', days }];
  });
}

/** The rule that aborts uploads under a prefix first, if any does. */
export function ruleFor(document: string, prefix: string): AbortRule | undefined {
  const covering = abortRulesIn(document).filter((rule) => prefix.startsWith(rule.prefix));
  return covering.toSorted((a, b) => a.days - b.days)[0];
}

/** The document with our rule instead of an earlier one of ours; all others as they stand. */
export function withOurRule(document: string, prefix: string, days: number): string {
  const others = rulesIn(document).filter((rule) => !isOurs(rule));
  // S3 refuses a mixture of rules that name their prefix in the old way and in the new one.
  const isOld =
    others.some((rule) => !rule.includes('<Filter')) && !others.some((rule) => rule.includes('<Filter'));
  const named = `<Prefix>${escapeText(prefix)}</Prefix>`;
  const ours = [
    `<Rule><ID>${OUR_RULE_ID}</ID>`,
    isOld ? named : `<Filter>${named}</Filter>`,
    '<Status>Enabled</Status>',
    `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>`,
  ].join('');
  const rules = [...others, ours].join('');
  return `<?xml version="1.0" encoding="UTF-8"?><LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules}</LifecycleConfiguration>`;
}

/** Whether a document has just this rule of ours. */
export function hasOurRule(document: string, prefix: string, days: number): boolean {
  const ours = abortRulesIn(document).filter(({ id }) => id === OUR_RULE_ID);
  return ours.length === 1 && ours[0]?.prefix === prefix && ours[0].days === days;
}

function isOurs(rule: string): boolean {
  return elementText(rule, 'ID') === OUR_RULE_ID;
}

/** The rules as they are written; rules do not nest. */
function rulesIn(document: string): string[] {
  return rawElements(document, 'Rule');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (character) => `&#x${character.charCodeAt(0).toString(16)};`);
}
