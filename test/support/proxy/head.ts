import type { OpenLine } from './request-log.ts';
import { type Action, actionsOf, type Direction } from './rule.ts';

/** Headers as they stand on the wire: in their order, their case, and as often as they were sent. */
export type HeaderLines = readonly (readonly [name: string, value: string])[];

/** The beginning of an answer. */
export type Head = { readonly status: number; readonly message: string; readonly headers: HeaderLines };

/** Pairs up node's list of names and values. */
export function pairUp(rawHeaders: readonly string[]): HeaderLines {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [
    rawHeaders[2 * index] ?? '',
    rawHeaders[2 * index + 1] ?? '',
  ]);
}

/** The other way round. */
export function flatten(headers: HeaderLines): string[] {
  return headers.flatMap(([name, value]) => [name, value]);
}

/** Leaves out headers by name. */
export function without(headers: HeaderLines, names: readonly string[]): HeaderLines {
  const unwanted = new Set(names.map((name) => name.toLowerCase()));
  return headers.filter(([name]) => !unwanted.has(name.toLowerCase()));
}

/** Sets headers, in place of those of the same name. */
export function withHeaders(headers: HeaderLines, added: Readonly<Record<string, string>>): HeaderLines {
  return [...without(headers, Object.keys(added)), ...Object.entries(added)];
}

/** The first value of a header. */
export function valueOf(headers: HeaderLines, wanted: string): string | undefined {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** Headers that are between two neighbours only; who sends a message writes its own. */
export function withoutHops(headers: HeaderLines): HeaderLines {
  return without(headers, ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding']);
}

/** Changes headers as the actions for this direction have it. */
export function spoilHeaders(
  headers: HeaderLines,
  direction: Direction,
  actions: readonly Action[],
  line: OpenLine,
): HeaderLines {
  let spoilt = headers;
  for (const action of actionsOf(actions, 'remove-headers')) {
    if (action.direction !== direction) continue;
    const left = without(spoilt, action.names);
    if (left.length < spoilt.length) line.did('remove-headers');
    spoilt = left;
  }
  for (const action of actionsOf(actions, 'set-headers')) {
    if (action.direction !== direction) continue;
    spoilt = withHeaders(spoilt, action.headers);
    line.did('set-headers');
  }
  for (const { seconds } of direction === 'down' ? actionsOf(actions, 'date-offset') : []) {
    const date = Date.parse(valueOf(spoilt, 'date') ?? '');
    if (Number.isNaN(date)) continue;
    spoilt = withHeaders(spoilt, { Date: new Date(date + seconds * 1000).toUTCString() });
    line.did('date-offset');
  }
  return spoilt;
}
