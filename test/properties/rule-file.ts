import * as fc from 'fast-check';
import type { Verb } from '../support/memory/calls.ts';
import type { Fault, FaultKind } from '../support/memory/faults.ts';
import type { OperationName } from '../support/proxy/operation.ts';
import { printRules } from '../support/proxy/read-rules.ts';
import type { Action, Rule } from '../support/proxy/rule.ts';
import { PART_SIZE } from './worlds.ts';

const OPERATIONS: Readonly<Record<Verb, OperationName>> = {
  stat: 'HeadObject',
  partSize: 'HeadObject',
  read: 'GetObject',
  put: 'PutObject',
  beginUpload: 'CreateMultipartUpload',
  uploadPart: 'UploadPart',
  listParts: 'ListParts',
  completeUpload: 'CompleteMultipartUpload',
  abortUpload: 'AbortMultipartUpload',
  listBuckets: 'ListBuckets',
  listObjects: 'ListObjectsV2',
  listUploads: 'ListMultipartUploads',
};

/** The part size of the fault matrix: the smallest that real servers take. */
const REAL_PART_SIZE = 5 * 1024 * 1024;

const answer = (status: number, code: string): Action => ({
  action: 'answer',
  status,
  headers: { 'Content-Type': 'application/xml' },
  body: `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>injected</Message></Error>`,
  drain: true,
});

/** The same fault on a real line; for the same end, not the same timing. */
function actionOf(kind: FaultKind, direction: 'up' | 'down'): Action {
  switch (kind) {
    case 'network-away':
      return { action: 'reset', direction: 'up', afterBytes: 0 };
    case 'network-again':
      return { action: 'reset', direction, afterBytes: 1_000 };
    case 'throttled':
      return answer(503, 'SlowDown');
    case 'server':
      return answer(500, 'InternalError');
    case 'lost-reply':
      return { action: 'lose-reply', how: 'reset' };
    case 'lost-in-server':
      return { action: 'replace-answer', status: 500, body: '' };
    case 'corrupt-stored':
      return { action: 'flip', direction, atByte: 0 };
    case 'short':
      return { action: 'truncate', bytes: 1_000, fixContentLength: true };
    case 'long':
      return { action: 'set-headers', direction: 'down', headers: { 'Content-Range': 'bytes 0-0/1' } };
    case 'denied':
      return answer(403, 'AccessDenied');
    case 'unsupported':
      return answer(501, 'NotImplemented');
    case 'not-found':
      return answer(404, 'NoSuchUpload');
    case 'precondition':
      return answer(412, 'PreconditionFailed');
    case 'ignored':
      return { action: 'answer', status: 204, drain: true };
    case 'silent':
      return { action: 'stall', direction: 'up', afterBytes: 0 };
  }
}

/** Faults of a store in memory as rules for the proxy; parts become parts of 5 MiB. */
export function rulesOf(faults: readonly Fault[]): Rule[] {
  return faults.map(({ op, kind, part, nth }) => ({
    match: {
      operation: OPERATIONS[op],
      ...(part !== undefined &&
        (op === 'read' ? { rangeStart: (part / PART_SIZE) * REAL_PART_SIZE } : { partNumber: part })),
      ...(nth !== undefined && { nth }),
    },
    do: actionOf(kind, op === 'read' ? 'down' : 'up'),
  }));
}

/** Checks a property over faults; a counterexample is told as a rule file too, to be tried on the real program. */
export async function assertOverFaults<Values extends [unknown, readonly Fault[], ...unknown[]]>(
  property: fc.IAsyncProperty<Values>,
  parameters: fc.Parameters<Values>,
): Promise<void> {
  const details = await fc.check(property, parameters);
  if (!details.failed) return;
  const faults = details.counterexample?.[1] ?? [];
  throw new Error(
    `${fc.defaultReportMessage(details)}\n\nAs a rule file for the proxy:\n${printRules(rulesOf(faults))}`,
    { cause: details.errorInstance },
  );
}
