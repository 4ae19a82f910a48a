import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { carryOut } from './carry-out.ts';
import { Connections } from './connections.ts';
import { type Controls, isControl, serveControl } from './control.ts';
import type { Exchange } from './exchange.ts';
import { describeRequest } from './operation.ts';
import { readRules } from './read-rules.ts';
import { openLog, type ProxiedRequest, type Stats } from './request-log.ts';
import type { Rule } from './rule.ts';
import { openRuleBook } from './rule-book.ts';
import { listen } from '../listen.ts';

export type { ProxiedRequest, Stats } from './request-log.ts';
export type { Action, Rule } from './rule.ts';

/** How to start a proxy. */
export type ProxyOptions = {
  /** The server: `http://127.0.0.1:PORT`. */
  readonly target: string;
  /** @default [] */
  readonly rules?: readonly Rule[];
  /** What chances are drawn from. @default 1 */
  readonly seed?: number;
  /** @default 0, any free port */
  readonly port?: number;
  /** Where the times in the log come from. @default Date.now */
  readonly now?: () => number;
  /** Called with each line of the log when its request has ended. */
  readonly onEnd?: (line: ProxiedRequest) => void;
  /** Speak TLS to the program, with this key and certificate. @default plain http */
  readonly tls?: { readonly key: string; readonly cert: string };
};

/** A proxy that is running. */
export type Proxy = {
  /** `http://127.0.0.1:PORT`, for the program; `https:` with TLS. */
  readonly endpoint: string;
  /** Answers to `/__faults/…` also while the proxy is down. */
  readonly control: string;
  /** Every request so far, in the order of arrival. A line changes until its outcome is not `open` any more. */
  readonly requests: readonly ProxiedRequest[];
  /** Replaces the rules and begins their counts anew. @throws Error that says which rule is wrong */
  setRules(rules: readonly Rule[]): void;
  /** Resets all connections and refuses new ones. */
  down(): Promise<void>;
  /** Ends that. */
  up(): Promise<void>;
  stats(): Stats;
  close(): Promise<void>;
};

/** Starts a proxy on the loopback interface, which does to the requests of a program what the rules say. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const target = new URL(options.target);
  if (target.protocol !== 'http:' || target.port === '') throw new Error('the target is http://HOST:PORT');
  const { seed = 1, now = Date.now, onEnd = () => {}, tls } = options;
  const log = openLog(now, onEnd);
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const connections = new Connections();
  const underWay = new Map<Exchange, Promise<void>>();
  let book = openRuleBook(readRules(options.rules ?? []), seed);

  const serve = (incoming: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void => {
    // Who goes away is seen by whoever reads or writes; nobody else needs to know.
    response.on('error', () => {});
    incoming.on('error', () => {});
    if (isControl(incoming)) return void serveControl(controls, incoming, response);
    const subject = describeRequest(incoming.method ?? '', incoming.url ?? '', incoming.headers);
    const { fired, actions } = book.judge(subject);
    const line = log.open(subject, fired);
    const gone = new AbortController();
    setMaxListeners(0, gone.signal);
    response.once('close', () => {
      line.end('client-gone');
      gone.abort();
    });
    const exchange: Exchange = {
      incoming,
      response,
      awaitsContinue,
      actions,
      line,
      target,
      gone: gone.signal,
      closing: closing.signal,
      agent: connections.begin(incoming.socket),
      takeDown: (forMs) => void takeDown(forMs),
    };
    const ended = carryOut(exchange).finally(() => {
      underWay.delete(exchange);
      connections.end(incoming.socket);
    });
    underWay.set(exchange, ended);
  };

  // Slow clients and idle connections are what this is for: no time limits of its own.
  const limits = { requestTimeout: 0, keepAliveTimeout: 0, maxHeaderSize: 64 * 1024 };
  const server = tls === undefined ? createServer(limits) : createTlsServer({ ...limits, ...tls });
  server.headersTimeout = 0;
  // Requests know the socket of the innermost layer.
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) =>
    connections.add(socket),
  );
  server.on('request', (incoming, response) => serve(incoming, response, false));
  server.on('checkContinue', (incoming, response) => serve(incoming, response, true));
  const port = await listen(server, options.port ?? 0);

  let isDown = false;
  let upAgain: NodeJS.Timeout | undefined;
  const down = async (spared?: Socket): Promise<void> => {
    clearTimeout(upAgain);
    isDown = true;
    // Its callback waits for the last connection; refusing begins at once.
    server.close();
    for (const { line, incoming } of underWay.keys()) if (incoming.socket !== spared) line.end('reset');
    connections.resetAll(spared);
  };
  const up = async (): Promise<void> => {
    clearTimeout(upAgain);
    if (!isDown || closing.signal.aborted) return;
    isDown = false;
    await listen(server, port);
  };
  const takeDown = async (forMs: number, spared?: Socket): Promise<void> => {
    await down(spared);
    upAgain = setTimeout(() => void up(), forMs);
  };
  const setRules = (rules: readonly Rule[]): void => {
    book = openRuleBook(readRules(rules), seed);
  };

  const controls: Controls = { lines: log.lines, stats: log.stats, setRules, down, up, takeDown };
  const controlServer = createServer((incoming, response) => void serveControl(controls, incoming, response));
  const controlPort = await listen(controlServer, 0);

  return {
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    control: `http://127.0.0.1:${controlPort}`,
    requests: log.lines,
    setRules,
    down: () => down(),
    up,
    stats: log.stats,
    close: async () => {
      closing.abort();
      clearTimeout(upAgain);
      server.close();
      controlServer.close();
      controlServer.closeAllConnections();
      connections.destroyAll();
      await Promise.all(underWay.values());
    },
  };
}
