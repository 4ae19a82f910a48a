import { METHODS } from 'node:http';
import {
  openFields,
  type Reader,
  readList,
  readRecord,
  readText,
  readAnyText,
  readWhole,
  readWord,
  refuse,
} from './fields.ts';
import { OPERATIONS } from './operation.ts';
import { readAction } from './read-action.ts';
import type { Action, ActionName, Match, Rule } from './rule.ts';

/**
 * Checks rules: a mistyped one must fail the test, not match nothing in silence.
 * @throws Error that says where and what
 */
export function readRules(value: unknown): readonly Rule[] {
  if (!Array.isArray(value)) return refuse(value, 'rules', 'a list');
  return value.map((item, index) => readRule(item, `rules[${index}]`));
}

/** Reads a rule file. */
export function parseRules(text: string): readonly Rule[] {
  return readRules(JSON.parse(text));
}

/** Writes a rule file: a rule a line. */
export function printRules(rules: readonly Rule[]): string {
  return rules.length === 0
    ? '[]\n'
    : `[\n${rules.map((rule) => `  ${JSON.stringify(rule)}`).join(',\n')}\n]\n`;
}

const readRule: Reader<Rule> = (value, at) => {
  const fields = openFields(value, at);
  const rule = {
    name: fields.optional('name', readText),
    match: fields.required('match', readMatch),
    times: fields.optional('times', readWhole(1)),
    do: fields.required('do', readDo),
  };
  fields.finish();
  return rule;
};

const readMatch: Reader<Match> = (value, at) => {
  const fields = openFields(value, at);
  const match = {
    operation: fields.optional('operation', readWord(OPERATIONS)),
    method: fields.optional('method', readWord(METHODS)),
    pathContains: fields.optional('pathContains', readText),
    key: fields.optional('key', readText),
    query: fields.optional('query', readRecord(readParameter)),
    partNumber: fields.optional('partNumber', readWhole(1, 100_000)),
    rangeStart: fields.optional('rangeStart', readWhole(0)),
    nth: fields.optional('nth', readNth),
    per: fields.optional('per', readWord(['rule', 'request-identity'])),
    probability: fields.optional('probability', readProbability),
  };
  fields.finish();
  if (match.per !== undefined && match.nth === undefined) throw new Error(`${at}: per says how nth counts`);
  return match;
};

const readNth: Reader<Match['nth']> = (value, at) => {
  if (value === 'every') return value;
  const whole = readWhole(1);
  if (!Array.isArray(value)) return whole(value, at);
  if (value.length !== 2) refuse(value, at, '[from, to]');
  const [from, to] = [whole(value[0], `${at}[0]`), whole(value[1], `${at}[1]`)];
  if (from > to) refuse(value, at, '[from, to] with from no more than to');
  return [from, to];
};

const readParameter: Reader<string | true> = (value, at) =>
  value === true
    ? value
    : typeof value === 'string'
      ? readAnyText(value, at)
      : refuse(value, at, 'a text or true');

const readProbability: Reader<number> = (value, at) => {
  const isShare = typeof value === 'number' && value > 0 && value <= 1;
  return isShare ? value : refuse(value, at, 'a number above 0, at most 1');
};

// Each of these decides what the program is told; two of them contradict each other.
const ENDINGS: ReadonlySet<ActionName> = new Set(['answer', 'lose-reply', 'replace-answer', 'down']);

const readDo: Reader<Rule['do']> = (value, at) => {
  if (!Array.isArray(value)) return readAction(value, at);
  const actions: readonly Action[] = readList(readAction)(value, at);
  const endings = actions.map(({ action }) => action).filter((action) => ENDINGS.has(action));
  if (endings.length > 1) throw new Error(`${at}: ${endings.join(' and ')} contradict each other`);
  return actions;
};
