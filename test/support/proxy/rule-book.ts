import { createHash } from 'node:crypto';
import { identityOf, lastingIdentityOf, type Subject } from './operation.ts';
import type { Action, Match, Rule } from './rule.ts';

/** What the rules say about one request. */
export type Verdict = {
  /** The rules that fired, by name or place. */
  readonly fired: readonly string[];
  readonly actions: readonly Action[];
};

/** Rules that remember how often they matched. */
export type RuleBook = { judge(subject: Subject): Verdict };

/** Opens rules with all counts at zero. Chances depend on the seed and the request, not on who comes first. */
export function openRuleBook(rules: readonly Rule[], seed: number): RuleBook {
  const pages = rules.map((rule, index) => openPage(rule, index, seed));
  return {
    judge(subject) {
      const verdicts = pages.map((judge) => judge(subject)).filter((found) => found !== undefined);
      return {
        fired: verdicts.map(({ name }) => name),
        actions: verdicts.flatMap(({ actions }) => actions),
      };
    },
  };
}

type Fired = { readonly name: string; readonly actions: readonly Action[] };

function openPage(rule: Rule, index: number, seed: number): (subject: Subject) => Fired | undefined {
  const name = rule.name ?? `#${index}`;
  const { nth = 'every', per = 'rule', probability = 1 } = rule.match;
  const counted = new Map<string, number>();
  const drawn = new Map<string, number>();
  let timesLeft = rule.times ?? Number.POSITIVE_INFINITY;
  return (subject) => {
    if (!isAbout(rule.match, subject)) return undefined;
    const count = countUp(counted, per === 'rule' ? '' : identityOf(subject));
    const lasting = lastingIdentityOf(subject);
    const draw = (what: string, turn: number): number => chance([seed, index, what, lasting, turn]);
    const turn = countUp(drawn, lasting);
    if (timesLeft === 0 || !isTurn(nth, count) || draw('fire', turn) >= probability) return undefined;
    timesLeft--;
    let choices = 0;
    const choose = (action: Action): Action => {
      if (action.action !== 'one-of') return action;
      const at = Math.floor(draw(`one-of ${choices++}`, turn) * action.of.length);
      const chosen = action.of[at];
      if (chosen === undefined) throw new Error('one-of without a choice');
      return choose(chosen);
    };
    return { name, actions: [rule.do].flat().map(choose) };
  };
}

function isAbout(match: Match, subject: Subject): boolean {
  const { operation, method, key, partNumber, rangeStart, pathContains, query = {} } = match;
  return (
    (operation === undefined || operation === subject.operation) &&
    (method === undefined || method === subject.method) &&
    (key === undefined || key === subject.key) &&
    (partNumber === undefined || partNumber === subject.partNumber) &&
    (rangeStart === undefined || (subject.range ?? '').startsWith(`bytes=${rangeStart}-`)) &&
    (pathContains === undefined || subject.path.includes(pathContains)) &&
    Object.entries(query).every(([name, value]) =>
      value === true ? subject.parameters.has(name) : subject.parameters.getAll(name).includes(value),
    )
  );
}

function isTurn(nth: Match['nth'], count: number): boolean {
  if (nth === undefined || nth === 'every') return true;
  if (typeof nth === 'number') return nth === count;
  return nth[0] <= count && count <= nth[1];
}

function countUp(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}

/** A number from 0 up to 1, always the same for the same things. */
function chance(things: readonly unknown[]): number {
  return createHash('sha256').update(JSON.stringify(things)).digest().readUInt32BE(0) / 2 ** 32;
}
