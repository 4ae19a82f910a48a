import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, get } from 'node:https';
import { get as getPlain } from 'node:http';
import { text } from 'node:stream/consumers';

/** What the server of a case is like. */
export type ServerWays = {
  readonly objects?: number;
  readonly objectBytes?: number;
  readonly latencyMs?: number;
  readonly roundTripMs?: number;
  readonly connectionBytesPerSecond?: number;
  readonly isTls?: boolean;
  /** Read and compare what is stored, instead of dropping it unseen. */
  readonly isChecking?: boolean;
};

/** What the server has seen since it began. */
export type Counts = {
  readonly requests: number;
  readonly connections: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly storedObjects: number;
  /** Answers of 400 and above. */
  readonly refused: number;
};

export type BenchServer = {
  readonly endpoint: string;
  readonly caFile: string | undefined;
  counts(): Promise<Counts>;
  stop(): Promise<void>;
};

/** Starts the server in a process of its own. `folder`: where its certificate is written. */
export async function startBenchServer(
  binary: string,
  ways: ServerWays,
  folder: string,
): Promise<BenchServer> {
  const caFile = ways.isTls ? join(folder, 'ca.pem') : undefined;
  // It ends when its stdin does: with this process at the latest.
  const child = spawn(binary, argumentsOf(ways, caFile), { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), ended.then(() => [])]);
  const line: unknown = first[0];
  const endpoint = typeof line === 'string' ? /"endpoint":"([^"]+)"/.exec(line)?.[1] : undefined;
  if (endpoint === undefined) throw new Error('the server of the bench does not start');
  return {
    endpoint,
    caFile,
    counts: () => readCounts(`${endpoint}/_counts`),
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

function argumentsOf(ways: ServerWays, caFile: string | undefined): string[] {
  const numbers = {
    objects: ways.objects,
    'object-size': ways.objectBytes,
    latency: ways.latencyMs,
    rtt: ways.roundTripMs,
    'conn-bandwidth': ways.connectionBytesPerSecond,
  };
  const args = Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  if (caFile !== undefined) args.push('--tls', caFile);
  return ways.isChecking ? [...args, '--check'] : args;
}

async function readCounts(url: string): Promise<Counts> {
  // Only counts come over this connection.
  const request = url.startsWith('https:')
    ? get(url, { agent: new Agent({ rejectUnauthorized: false }), headers: { connection: 'close' } })
    : getPlain(url, { agent: false });
  const [response] = await once(request, 'response');
  const counts: Counts = JSON.parse(await text(response));
  return counts;
}

/** What happened between two looks; the look itself is a connection. */
export function countsBetween(before: Counts, after: Counts): Counts {
  return {
    requests: after.requests - before.requests,
    connections: after.connections - before.connections - 1,
    receivedBytes: after.receivedBytes - before.receivedBytes,
    sentBytes: after.sentBytes - before.sentBytes,
    storedObjects: after.storedObjects - before.storedObjects,
    refused: after.refused - before.refused,
  };
}
