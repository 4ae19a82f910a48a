import type { OperationName } from '../support/proxy/operation.ts';
import type { Action, Rule } from '../support/proxy/proxy.ts';
import type { Random } from './random.ts';

type Operations = readonly [OperationName, ...OperationName[]];
type Fault = { readonly about: Operations; draw(random: Random): Action };

/** Somewhere in a part, often near its beginning. */
function somewhere(random: Random): number {
  return Math.floor(5 * 1024 * 1024 * (random.whole(0, 1000) / 1000) ** 2);
}

const UP: Operations = ['UploadPart', 'UploadPart', 'PutObject'];
const DOWN: Operations = ['GetObject'];
const ALL_OF_PUT: Operations = [
  ...UP,
  'CreateMultipartUpload',
  'CompleteMultipartUpload',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'HeadObject',
  'ListMultipartUploads',
  'ListParts',
];
const ALL_OF_GET: Operations = [...DOWN, ...DOWN, 'HeadObject', 'ListObjectsV2'];

// No stalls on the way up: the kernel may take a whole part, and then its answer is waited for by its size, for
// minutes. The fault matrix has them.
const OF_PUT: readonly Fault[] = [
  {
    about: UP,
    draw: (random) => ({
      action: random.pick(['reset', 'close']),
      direction: 'up',
      afterBytes: somewhere(random),
    }),
  },
  { about: UP, draw: (random) => ({ action: 'flip', direction: 'up', atByte: somewhere(random) }) },
  {
    about: ['CompleteMultipartUpload'],
    draw: () => ({ action: 'replace-answer', body: errorBody('InternalError') }),
  },
];

const OF_GET: readonly Fault[] = [
  {
    about: DOWN,
    draw: (random) => ({
      action: random.pick(['reset', 'close', 'stall']),
      direction: 'down',
      afterBytes: somewhere(random),
    }),
  },
  { about: DOWN, draw: (random) => ({ action: 'flip', direction: 'down', atByte: somewhere(random) }) },
  {
    about: DOWN,
    draw: (random) => ({
      action: 'truncate',
      bytes: somewhere(random),
      fixContentLength: random.chance(0.5),
    }),
  },
];

/** What can happen to any request. */
function ofBoth(about: Operations): readonly [Fault, ...Fault[]] {
  return [
    { about, draw: (random) => refusal(random.pick([500, 503])) },
    { about, draw: (random) => ({ action: 'lose-reply', how: random.pick(['reset', 'close']) }) },
    {
      about,
      draw: (random) => ({ action: 'reset', direction: 'down', afterBytes: random.whole(0, 200) }),
    },
    { about, draw: (random) => ({ action: 'down', forMs: random.whole(100, 3000) }) },
    {
      about,
      draw: (random) => ({ action: 'delay', ms: random.whole(10, 1500), when: 'before-answer' }),
    },
  ];
}

/** Up to six faults, each of which ends after a few times: the same command must come through at last. */
export function drawRules(random: Random, direction: 'put' | 'get'): readonly Rule[] {
  const faults: readonly [Fault, ...Fault[]] =
    direction === 'put' ? [...ofBoth(ALL_OF_PUT), ...OF_PUT] : [...ofBoth(ALL_OF_GET), ...OF_GET];
  return Array.from({ length: random.whole(1, 6) }, (): Rule => {
    const fault = random.pick(faults);
    const action = fault.draw(random);
    const isLong = action.action === 'stall' || action.action === 'down';
    return {
      match: { operation: random.pick(fault.about), probability: random.pick([0.1, 0.3, 0.6, 1]) },
      times: isLong ? random.whole(1, 2) : random.whole(1, 12),
      do: action,
    };
  });
}

function refusal(status: 500 | 503): Action {
  const code = status === 503 ? 'SlowDown' : 'InternalError';
  return {
    action: 'answer',
    status,
    headers: { 'Content-Type': 'application/xml', ...(status === 503 && { 'Retry-After': '1' }) },
    body: errorBody(code),
    drain: true,
  };
}

function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>injected</Message></Error>`;
}
