import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, type TestContext } from 'vitest';
import { needsTool } from './privileges.ts';

const run = promisify(execFile);

/** A key, and its certificate signed by itself; `file` holds the certificate, for those who trust it. */
export type Certificate = { readonly key: string; readonly cert: string; readonly file: string };

/** For whom it is, such as `IP:127.0.0.1`, and the days between which it holds, as `YYYYMMDD`. */
export type CertificateOptions = { readonly host: string; readonly from?: string; readonly to?: string };

// The short way, `openssl req -x509`, makes none that is expired.
const CONFIG = `[ca]
default_ca = own
[own]
database = index.txt
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
`;

/** Makes a certificate that is gone after the test. */
export async function makeCertificate(
  context: Pick<TestContext, 'skip'>,
  { host, from = '20200101', to = '20491231' }: CertificateOptions,
): Promise<Certificate> {
  needsTool(context, 'openssl', 'version');
  const dir = await mkdtemp(join(tmpdir(), 'partwise-certificate-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'index.txt'), '');
  await writeFile(join(dir, 'config'), `${CONFIG}[extensions]\nsubjectAltName = ${host}\n`);
  const openssl = (...words: string[]) => run('openssl', words, { cwd: dir });
  const request = ['-newkey', 'rsa:2048', '-nodes', '-keyout', 'key', '-out', 'request'];
  await openssl('req', '-new', ...request, '-subj', '/CN=partwise tests');
  const times = ['-startdate', `${from}000000Z`, '-enddate', `${to}000000Z`];
  const files = ['-keyfile', 'key', '-in', 'request', '-out', 'cert'];
  await openssl('ca', '-config', 'config', '-batch', '-notext', '-selfsign', ...files, ...times);
  const read = (name: string) => readFile(join(dir, name), 'utf8');
  return { key: await read('key'), cert: await read('cert'), file: join(dir, 'cert') };
}
