import { getProxyForUrl } from 'proxy-from-env';
import { TransferError } from '../transfer/errors.ts';
import type { Environment } from './profile.ts';

/**
 * The proxy that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name for an address; `undefined` for a direct
 * connection. `env`: that of the process, which is where the library looks.
 * @throws TransferError `usage` for one that cannot be used: to go around it could say to others what it was for
 */
export function proxyFor(url: string, env: Environment): URL | undefined {
  const found = getProxyForUrl(url);
  if (!found) return undefined;
  // Without a scheme it speaks plain http, as everywhere; the library gives it that of the address.
  const text = isWritten(found, env) ? found : found.replace(/^https:/, 'http:');
  const proxy = URL.canParse(text) ? new URL(text) : undefined;
  if (proxy?.hostname && ['http:', 'https:'].includes(proxy.protocol)) {
    if (isDecodable(proxy.username) && isDecodable(proxy.password)) return proxy;
    throw new TransferError(
      'usage',
      `the user name or password of the proxy ${proxy.host} has a % that encodes nothing`,
      { hint: 'Write %25 for a percent sign.' },
    );
  }
  const shown = proxy ? `${proxy.protocol}//${proxy.host}` : 'in the environment';
  throw new TransferError('usage', `the proxy ${shown} is none that speaks http or https`, {
    hint: 'Set HTTPS_PROXY or HTTP_PROXY to one that does, or NO_PROXY to the host that needs none.',
  });
}

function isDecodable(text: string): boolean {
  try {
    // The answer is used: a call whose value is not is dropped from the bundle.
    return decodeURIComponent(text).length <= text.length;
  } catch {
    return false; // half an escape
  }
}

function isWritten(proxy: string, env: Environment): boolean {
  return Object.entries(env).some(([name, value]) => /_proxy$/i.test(name) && value === proxy);
}
