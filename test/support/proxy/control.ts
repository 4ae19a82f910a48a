import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseRules } from './read-rules.ts';
import type { ProxiedRequest, Stats } from './request-log.ts';
import type { Rule } from './rule.ts';

/** What tests in another process can do. */
export type Controls = {
  readonly lines: readonly ProxiedRequest[];
  stats(): Stats;
  setRules(rules: readonly Rule[]): void;
  /** Spares the connection on which it is asked for. */
  down(spared: Socket): Promise<void>;
  up(): Promise<void>;
  takeDown(forMs: number, spared: Socket): Promise<void>;
};

const PREFIX = '/__faults/';

/** Whether a request is for the proxy itself. Unsigned, since the proxy is on loopback only. */
export function isControl({ url = '' }: IncomingMessage): boolean {
  return url.startsWith(PREFIX);
}

/** Serves `/__faults/rules`, `/down[?ms=N]`, `/up`, `/log` and `/stats`; never rejects. */
export async function serveControl(
  controls: Controls,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Not kept: after `down` nothing shall be left open.
  response.setHeader('connection', 'close');
  try {
    const answer = await act(controls, incoming);
    response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
  } catch (error) {
    response.writeHead(400, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
  }
}

async function act(controls: Controls, incoming: IncomingMessage): Promise<unknown> {
  const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://proxy');
  const body = await text(incoming);
  const wanted = `${incoming.method ?? ''} ${pathname.slice(PREFIX.length)}`;
  switch (wanted) {
    case 'POST rules':
      controls.setRules(parseRules(body));
      return {};
    case 'POST down':
      await goDown(controls, searchParams.get('ms'), incoming.socket);
      return {};
    case 'POST up':
      await controls.up();
      return {};
    case 'GET log':
      return controls.lines;
    case 'GET stats':
      return controls.stats();
    default:
      throw new Error(`there is no ${wanted}`);
  }
}

async function goDown(controls: Controls, ms: string | null, spared: Socket): Promise<void> {
  if (ms === null) return await controls.down(spared);
  if (!/^\d{1,9}$/.test(ms)) throw new Error(`ms is a number of milliseconds, not ${ms}`);
  await controls.takeDown(Number(ms), spared);
}
