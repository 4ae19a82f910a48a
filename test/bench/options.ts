import { parseArgs } from 'node:util';
import { PAYLOADS, type Payload } from './contestant.ts';

/** The groups of cases, in the order in which they run. */
export const GROUPS = ['start', 'put', 'get', 'small', 'ls', 'wan'] as const;
export type Group = (typeof GROUPS)[number];

export type Options = {
  readonly groups: readonly Group[];
  readonly rounds: number;
  readonly sizeBytes: number;
  readonly files: number;
  readonly keys: number;
  readonly wanBytes: number;
  readonly lanes: number;
  readonly payloads: readonly Payload[];
  /** The peers that take part, none with `none`; `undefined`: all that are here. */
  readonly peers: readonly string[] | undefined;
  /** A built checkout of an earlier state, which takes part as `before`. */
  readonly before: string | undefined;
  /** Runs only the cases whose name contains this. */
  readonly only: string;
  readonly json: string | undefined;
  /** The name of the files among the results; `latest` is not kept in git. */
  readonly name: string;
  /** Have the server read and compare what it gets: finds mistakes, measures less well. */
  readonly isChecking: boolean;
};

/** Reads the command line of the bench. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      // Small sizes and one round: shows that it runs, measures little.
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      size: { type: 'string' },
      // Small files.
      count: { type: 'string' },
      keys: { type: 'string' },
      'wan-size': { type: 'string' },
      lanes: { type: 'string', default: '8' },
      https: { type: 'boolean', default: false },
      payloads: { type: 'string' },
      peers: { type: 'string' },
      before: { type: 'string' },
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      name: { type: 'string', default: 'latest' },
      check: { type: 'boolean', default: false },
    },
  });
  const choose = (said: string | undefined, quick: string, whole: string): string =>
    said ?? (values.quick ? quick : whole);
  return {
    groups: positionals.length === 0 ? GROUPS : positionals.map(groupOf),
    rounds: wholeOf(choose(values.rounds, '1', '5')),
    sizeBytes: sizeOf(choose(values.size, '24MiB', '2GiB')),
    files: wholeOf(choose(values.count, '40', '1000')),
    keys: wholeOf(choose(values.keys, '3000', '1000000')),
    wanBytes: sizeOf(choose(values['wan-size'], '16MiB', '1GiB')),
    lanes: wholeOf(values.lanes),
    payloads: values.https ? ['https'] : payloadsOf(values.payloads),
    peers: values.peers === 'none' ? [] : values.peers?.split(','),
    before: values.before,
    only: values.only,
    json: values.json,
    name: values.name,
    isChecking: values.check,
  };
}

function groupOf(word: string): Group {
  const group = GROUPS.find((known) => known === word);
  if (group === undefined) throw new Error(`${word}: none of ${GROUPS.join(', ')}`);
  return group;
}

function payloadsOf(list: string | undefined): readonly Payload[] {
  if (list === undefined) return PAYLOADS;
  return list.split(',').map((word) => {
    const payload = PAYLOADS.find((known) => known === word);
    if (payload === undefined) throw new Error(`--payloads ${word}: none of ${PAYLOADS.join(', ')}`);
    return payload;
  });
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function sizeOf(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(|KiB|MiB|GiB)$/.exec(text) ?? [];
  return wholeOf(digits) * (UNITS[unit] ?? NaN);
}

function wholeOf(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}
