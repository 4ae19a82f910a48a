import { TransferError } from '../transfer/errors.ts';
import { kindOfHost } from './hosts.ts';

/**
 * Reads an endpoint as people write it: with a scheme or without (then http on this machine, https elsewhere),
 * with a path that is kept.
 * @throws TransferError `usage` for what cannot be an endpoint; no message repeats a password
 */
export function parseEndpoint(written: string): { readonly url: URL; readonly schemeAdded: boolean } {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written)?.[1]?.toLowerCase();
  if (scheme === 's3') {
    throw new TransferError(
      'usage',
      'the endpoint is an s3:// location; it must be the http(s) address of the server',
      {
        hint: 'Give the bucket and key as the location, the server with --endpoint-url.',
      },
    );
  }
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new TransferError(
      'usage',
      `the endpoint has the scheme ${scheme}://; it must be http:// or https://`,
    );
  }
  const text = scheme ? written : `${isLoopback(written) ? 'http' : 'https'}://${written}`;
  if (!URL.canParse(text))
    throw new TransferError('usage', 'the endpoint is not a URL; write it like https://s3.example.com');
  const url = new URL(text);
  if (url.username || url.password) {
    throw new TransferError('usage', 'the endpoint holds a user name or password; they do not belong there', {
      hint: 'Set ACCESS_KEY_ID and SECRET_KEY, AWS_ variables, or --profile.',
    });
  }
  if (url.search || url.hash) {
    throw new TransferError(
      'usage',
      `the endpoint ${url.protocol}//${url.host} has a query or fragment; leave them out`,
    );
  }
  return { url, schemeAdded: scheme === undefined };
}

function isLoopback(written: string): boolean {
  const url = URL.canParse(`http://${written}`) ? new URL(`http://${written}`) : undefined;
  return url !== undefined && kindOfHost(url.hostname).isLoopback;
}
