import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readObject } from '../support/processes/remote.ts';
import { type Certificate, makeCertificate } from './certificate.ts';
import { startMatrixServer } from './matrix-server.ts';
import { BYTES, expectFail, explain, type FaultPlace, openFaults, sent } from './support.ts';

const matrix = startMatrixServer();
const HERE = 'IP:127.0.0.1';

/** A place whose endpoint shows this certificate. */
async function openTls(tls: Certificate): Promise<FaultPlace> {
  const place = await openFaults(matrix.server, [], { tls });
  await writeFile(join(place.dir, 'file'), BYTES);
  return place;
}

it('F04 certificates that are not to be believed: exit 6 with the reason, and what makes them believed', async (context) => {
  const good = await makeCertificate(context, { host: HERE });
  const place = await openTls(good);
  const unknown = await place.put();
  expectFail(unknown, 6, /certificate is not trusted/);
  expect(unknown.stderr).toContain('--ca-bundle');
  expect(place.proxy.requests).toEqual([]);
  for (const [flags, env] of [
    [['--ca-bundle', good.file], {}],
    [[], { AWS_CA_BUNDLE: good.file }],
  ] as const) {
    const put = await place.startPut(flags, { env }).ended;
    explain(put.code, put.stderr).toBe(0);
    expect(put.stderr).not.toContain('warning');
  }
  expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);

  // Whoever switches it off is told so in every run.
  const blind = [
    await place.put('--no-verify-ssl'),
    await place.get('--no-verify-ssl'),
    await place.startPut([], { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }).ended,
  ];
  for (const ended of blind) {
    explain(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toMatch(/^warning: .*not checked/m);
  }
  // No variable does it.
  expectFail(
    await place.startPut([], { env: { PARTWISE_NO_VERIFY_SSL: '1', PARTWISE_VERIFY_SSL: '0' } }).ended,
    6,
  );

  const expired = await makeCertificate(context, { host: HERE, to: '20200201' });
  const elsewhere = await makeCertificate(context, { host: 'DNS:elsewhere.example' });
  for (const [certificate, reason] of [
    [expired, /expired/],
    [elsewhere, /127\.0\.0\.1|host/i],
  ] as const) {
    const other = await openTls(certificate);
    const put = await other.put('--ca-bundle', certificate.file);
    expectFail(put, 6, reason);
    expect(other.proxy.requests).toEqual([]);
  }
});

it('F10 the endpoint is plain http and not this machine: works, with a warning', async () => {
  const place = await openFaults(matrix.server);
  await writeFile(join(place.dir, 'file'), BYTES);
  // An address of this machine that does not say so.
  const endpoint = place.proxy.endpoint.replace('127.0.0.1', '0.0.0.0');
  const put = await place.put('-e', endpoint);
  explain(put.code, put.stderr).toBe(0);
  expect(put.stderr).toMatch(/^warning: .*plain http/m);
  expect(BYTES.equals(await readObject(place, 'key'))).toBe(true);
  expect(sent(place, 'UploadPart').length).toBeGreaterThanOrEqual(4);
  const near = await place.put();
  expect(near.stderr).not.toContain('warning');
});
