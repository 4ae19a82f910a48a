import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPERATIONS, describeRequest } from './operation.ts';
import { parseRules, printRules, readRules } from './read-rules.ts';
import type { Action, Rule } from './rule.ts';
import { openRuleBook } from './rule-book.ts';

describe('rules', () => {
  it('are the same after printing and parsing', () => {
    fc.assert(
      fc.property(fc.array(anyRule, { maxLength: 6 }), (rules) => {
        const text = printRules(rules);
        expect(parseRules(text)).toEqual(rules);
        expect(text.trim().split('\n')).toHaveLength(rules.length === 0 ? 1 : rules.length + 2);
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['no list', {}, 'rules: expected a list, not {}'],
    ['no match', [{ do: stop }], 'rules[0]: match is missing'],
    ['nothing to do', [{ match: {}, do: [] }], 'rules[0].do: expected a list with something in it'],
    [
      'a mistyped field',
      [{ match: { opration: 'x' }, do: stop() }],
      'rules[0].match: there is no "opration" here',
    ],
    [
      'a mistyped operation',
      [{ match: { operation: 'PutPart' }, do: stop() }],
      'one of PutObject, UploadPart',
    ],
    [
      'a mistyped action',
      [{ match: {}, do: { action: 'rest' } }],
      'rules[0].do.action: expected one of answer',
    ],
    ['a missing field', [{ match: {}, do: { action: 'reset', direction: 'up' } }], 'afterBytes is missing'],
    ['a field of another action', [{ match: {}, do: { ...stop(), bytes: 1 } }], 'there is no "bytes" here'],
    ['half a range', [{ match: { nth: [3] }, do: stop() }], 'rules[0].match.nth: expected [from, to]'],
    ['a range backwards', [{ match: { nth: [3, 2] }, do: stop() }], 'from no more than to'],
    ['no first', [{ match: { nth: 0 }, do: stop() }], 'a whole number, 1 or more, not 0'],
    ['per without nth', [{ match: { per: 'rule' }, do: stop() }], 'per says how nth counts'],
    ['an impossible chance', [{ match: { probability: 1.5 }, do: stop() }], 'above 0, at most 1, not 1.5'],
    ['a status', [{ match: {}, do: { action: 'answer', status: 99 } }], '200 to 599, not 99'],
    [
      'a bad header',
      [{ match: {}, do: { action: 'answer', status: 200, headers: { 'a b': '' } } }],
      'name of a header',
    ],
    ['no such signal', [{ match: {}, do: signal({ signal: 'SIGNO' }) }], 'not "SIGNO"'],
    [
      'no such step',
      [{ match: {}, do: signal({ at: 'request-body-bytes:x' }) }],
      'expected request-headers, ',
    ],
    ['no process', [{ match: {}, do: signal({ pid: undefined }) }], 'either pid or pidFile'],
    ['two processes', [{ match: {}, do: signal({ pidFile: 'f' }) }], 'either pid or pidFile'],
    ['every process', [{ match: {}, do: signal({ pid: -1 }) }], '2 or more, not -1'],
    [
      'a contradiction',
      [
        {
          match: {},
          do: [
            { action: 'lose-reply', how: 'reset' },
            { action: 'answer', status: 500 },
          ],
        },
      ],
      'lose-reply and answer contradict each other',
    ],
  ])('are refused with a reason for %s', (_, rules, reason) => {
    expect(() => readRules(rules)).toThrow(reason);
  });
});

describe('a rule', () => {
  it.each<[string, Partial<Rule>, string]>([
    ['every time by default', {}, 'xxxxxx'],
    ['the nth time', { match: { nth: 2 } }, '-x----'],
    ['from the nth to the mth time', { match: { nth: [2, 4] } }, '-xxx--'],
    ['as often as it may', { times: 2 }, 'xx----'],
    ['the first time of each request', { match: { nth: 1, per: 'request-identity' } }, 'xx--x-'],
    ['for one key', { match: { key: 'a b' } }, 'x-xx-x'],
    ['for a part of the path', { match: { pathContains: '/a%20' } }, 'x-xx-x'],
    ['for a parameter', { match: { query: { uploadId: true, partNumber: '2' } } }, '-x----'],
    ['for a part', { match: { partNumber: 1 } }, '----x-'],
  ])('fires %s', (_, changes, expected) => {
    const book = openRuleBook([{ match: {}, do: stop(), ...changes }], 1);
    const asked = ['/b/a%20b', '/b/k?uploadId=u&partNumber=2', '/b/a%20b', '/b/a%20b'];
    asked.push('/b/k?uploadId=u&partNumber=1', '/b/a%20b');
    const fired = asked.map((url) => book.judge(describeRequest('PUT', url, {})).fired.length);
    expect(fired.map((count) => (count > 0 ? 'x' : '-')).join('')).toBe(expected);
  });

  it('counts for itself; all that match fire', () => {
    const book = openRuleBook(
      [
        { match: { nth: 2 }, do: stop() },
        { name: 'b', match: { nth: [1, 2] }, do: stop() },
      ],
      1,
    );
    const judge = () => book.judge(describeRequest('GET', '/b/k', {})).fired;
    expect([judge(), judge(), judge()]).toEqual([['b'], ['#0', 'b'], []]);
  });

  it('draws from the seed and the request, whatever the order of arrival and the ids of the run', () => {
    const rule: Rule = {
      match: { probability: 0.5 },
      do: { action: 'one-of', of: [stop(), { action: 'answer', status: 500 }] },
    };
    const play = (seed: number, parts: readonly number[], bucket: string) => {
      const book = openRuleBook([rule], seed);
      const drawn = parts.map((part) => {
        const url = `/${bucket}/k?partNumber=${part}&uploadId=${bucket}`;
        return [part, book.judge(describeRequest('PUT', url, {})).actions] as const;
      });
      return JSON.stringify(drawn.toSorted(([a], [b]) => a - b));
    };
    const parts = Array.from({ length: 400 }, (_, index) => index + 1);
    expect(play(1, parts, 'b')).toBe(play(1, parts.toReversed(), 'c'));
    expect(play(1, parts, 'b')).not.toBe(play(2, parts, 'b'));
    const fired = play(1, parts, 'b').match(/"action"/g)?.length ?? 0;
    expect(fired).toBeGreaterThan(140);
    expect(fired).toBeLessThan(260);
    expect(play(1, parts, 'b')).toMatch(/stall.*answer|answer.*stall/);
  });
});

describe('the operation of a request', () => {
  it.each<[string, string, string]>([
    ['GET', '/?x-id=ListBuckets', 'ListBuckets'],
    ['GET', '/b?list-type=2&prefix=a%2F', 'ListObjectsV2'],
    ['GET', '/b/?list-type=2', 'ListObjectsV2'],
    ['GET', '/b?prefix=a', 'other'],
    ['GET', '/b?uploads=', 'ListMultipartUploads'],
    ['GET', '/b/k?x-id=GetObject&partNumber=1', 'GetObject'],
    ['GET', '/b/k?tagging', 'other'],
    ['GET', '/b/k?uploadId=u', 'ListParts'],
    ['HEAD', '/b/k', 'HeadObject'],
    ['HEAD', '/b', 'other'],
    ['PUT', '/b/k/l', 'PutObject'],
    ['PUT', '/b', 'other'],
    ['PUT', '/b/k?tagging', 'other'],
    ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
    ['POST', '/b?delete', 'other'],
    ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
    ['DELETE', '/b/k', 'other'],
  ])('%s %s is %s', (method, url, operation) => {
    expect(describeRequest(method, url, {}).operation).toBe(operation);
    const [path = '', query] = url.split('?');
    const inHost = `${path.replace(/^\/b\/?/, '/')}${query === undefined ? '' : `?${query}`}`;
    if (path !== '/') {
      expect(describeRequest(method, inHost, { host: 'b.localhost:1' }).operation).toBe(operation);
    }
  });

  it('comes with key, part number and range; a copy is something else', () => {
    expect(describeRequest('GET', '/b/k%2Fl?partNumber=3', { range: 'bytes=0-1' })).toMatchObject({
      key: 'k/l',
      partNumber: 3,
      range: 'bytes=0-1',
    });
    expect(describeRequest('PUT', '/b/k', { 'x-amz-copy-source': 'b/l' }).operation).toBe('other');
    expect(describeRequest('GET', '/b/%zz', {}).key).toBe('%zz');
  });
});

function stop(): Action {
  return { action: 'stall', direction: 'up', afterBytes: 0 };
}

function signal(changes: object): object {
  return { action: 'signal', at: 'answer-sent', signal: 'SIGTERM', pid: 2, ...changes };
}

const bytes = fc.nat({ max: 2 ** 40 });
const direction = fc.constantFrom('up' as const, 'down' as const);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const headers = fc.dictionary(fc.stringMatching(/^[A-Za-z][A-Za-z-]*$/), fc.stringMatching(/^[!-~]*$/));
const simpleAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    action: fc.constant('answer' as const),
    status: fc.integer({ min: 200, max: 599 }),
    headers: maybe(headers),
    body: maybe(fc.string()),
    drain: maybe(fc.boolean()),
    thenClose: maybe(fc.boolean()),
  }),
  fc.record({
    action: fc.constantFrom('stall' as const, 'reset' as const, 'close' as const),
    direction,
    afterBytes: bytes,
  }),
  fc.record({ action: fc.constant('flip' as const), direction, atByte: bytes }),
  fc.record({ action: fc.constant('truncate' as const), bytes, fixContentLength: fc.boolean() }),
  fc.record({ action: fc.constant('set-headers' as const), direction, headers }),
  fc.record({
    action: fc.constant('signal' as const),
    at: fc.oneof(
      fc.constantFrom('request-headers' as const, 'answer-received' as const),
      fc.integer({ min: 1, max: 2 ** 40 }).map((count) => `request-body-bytes:${count}` as const),
    ),
    signal: fc.constantFrom('SIGKILL', 'SIGTERM'),
    pidFile: fc.stringMatching(/^[a-z/]+$/),
    hold: maybe(fc.boolean()),
  }),
);
const anyAction = fc.oneof(
  simpleAction,
  fc.record({
    action: fc.constant('one-of' as const),
    of: fc.array(simpleAction, { minLength: 1, maxLength: 3 }),
  }),
);
const count = fc.integer({ min: 1, max: 10_000 });
const anyRule: fc.Arbitrary<Rule> = fc.record({
  name: maybe(fc.string({ minLength: 1 })),
  match: fc.record({
    operation: maybe(fc.constantFrom(...OPERATIONS)),
    key: maybe(fc.string({ minLength: 1 })),
    query: maybe(
      fc.dictionary(fc.stringMatching(/^[a-z]+$/), fc.oneof(fc.string(), fc.constant(true as const))),
    ),
    partNumber: maybe(count),
    nth: fc.oneof(
      count,
      fc.constant('every' as const),
      fc.tuple(count, count).map(([from, more]): [number, number] => [from, from + more]),
    ),
    per: maybe(fc.constantFrom('rule' as const, 'request-identity' as const)),
    probability: maybe(fc.double({ min: 0, minExcluded: true, max: 1, noNaN: true })),
  }),
  times: maybe(count),
  do: anyAction,
});
