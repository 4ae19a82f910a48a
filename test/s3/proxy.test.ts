import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { proxyFor } from '../../src/s3/proxy.ts';

const NAMES = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'];

beforeEach(() => {
  for (const name of NAMES.flatMap((name) => [name, name.toUpperCase()])) vi.stubEnv(name, '');
});
afterEach(() => void vi.unstubAllEnvs());

describe('the proxy for an address', () => {
  it.each([
    ['https://s3.example/', 'HTTPS_PROXY', 'http://p:1', 'http://p:1/'],
    ['https://s3.example/', 'https_proxy', 'https://p:1', 'https://p:1/'],
    ['https://s3.example/', 'HTTPS_PROXY', 'p:3128', 'http://p:3128/'],
    ['https://s3.example/', 'ALL_PROXY', 'p:3128', 'http://p:3128/'],
    ['http://s3.example/', 'HTTP_PROXY', 'user:word@p:1', 'http://user:word@p:1/'],
    ['http://s3.example/', 'HTTPS_PROXY', 'http://p:1', undefined],
  ])('%s by %s=%s is %s', (url, name, value, expected) => {
    vi.stubEnv(name, value);
    expect(proxyFor(url, process.env)?.href).toBe(expected);
  });

  it.each(['socks5://user:secret@p:1', 'http://', 'ftp://p'])('%s is refused, not gone around', (value) => {
    vi.stubEnv('ALL_PROXY', value);
    expect(() => proxyFor('https://s3.example/', process.env)).toThrow(
      expect.objectContaining({ kind: 'usage' }),
    );
    expect(() => proxyFor('https://s3.example/', process.env)).not.toThrow('secret');
    vi.stubEnv('NO_PROXY', 's3.example');
    expect(proxyFor('https://s3.example/', process.env)).toBeUndefined();
  });
});
