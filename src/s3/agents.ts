import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';

/** Whom to believe and how to show who one is, in PEM form. */
export type Tls = {
  /** The only authorities whose certificates are believed. @default Node's own list */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

export type AgentOptions = {
  readonly maxSockets: number;
  readonly tls: Tls;
  readonly verifySsl: boolean;
  readonly proxy: URL | undefined;
};

/** Node's own servers close an idle connection after five seconds: be first, or a request may meet the closing. */
const IDLE_SOCKET_MS = 4_000;

type Agents = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };

/**
 * A proxy for plain http that is asked for the very path that was signed. The library's own resolves dot segments in it:
 * `s3://b/a/../c` became the key `c`.
 */
class PlainProxyAgent extends HttpProxyAgent<string> {
  override setRequestProps(
    ...[request, options]: Parameters<HttpProxyAgent<string>['setRequestProps']>
  ): void {
    const { path } = request;
    super.setRequestProps(request, options);
    request.path = new URL(request.path).origin + path;
  }
}

/** The connections of a client: kept open, and through a proxy where there is one (the SDK itself knows of none). */
export function makeAgents({ maxSockets, tls, verifySsl, proxy }: AgentOptions): Agents {
  const pool = { keepAlive: true, maxSockets, timeout: IDLE_SOCKET_MS };
  const given = Object.entries(tls).filter(([, value]) => value !== undefined);
  const trust = { ...Object.fromEntries(given), ...(!verifySsl && { rejectUnauthorized: false }) };
  if (proxy === undefined) {
    return { httpAgent: new HttpAgent(pool), httpsAgent: new HttpsAgent({ ...pool, ...trust }) };
  }
  const httpsAgent = new HttpsProxyAgent(proxy, pool);
  // What is given to its constructor is for the way to the proxy; this is for the server behind it.
  Object.assign(httpsAgent.options, trust);
  return { httpAgent: new PlainProxyAgent(proxy, pool), httpsAgent };
}
