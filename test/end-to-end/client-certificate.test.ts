import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { TLSSocket } from 'node:tls';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { makeCertificate } from '../faults/certificate.ts';
import { startEmbedded } from '../support/processes/embedded.ts';
import { listen } from '../support/listen.ts';

const embedded = startEmbedded();
const NO_BUCKETS =
  '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>';

it('a server that asks who is there is shown the certificate, from one file or two', async (context) => {
  const { key, cert, file } = await makeCertificate(context, { host: 'IP:127.0.0.1' });
  const server = createServer(
    { key, cert, ca: cert, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const isKnown = request.socket instanceof TLSSocket && request.socket.authorized;
      response.writeHead(isKnown ? 200 : 403).end(NO_BUCKETS);
    },
  );
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const place = await embedded.open({ endpoint: `https://127.0.0.1:${port}` });
  await writeFile(join(place.dir, 'cert.pem'), cert);
  await writeFile(join(place.dir, 'key.pem'), key);
  await writeFile(join(place.dir, 'both.pem'), cert + key);
  const ls = async (...flags: string[]): Promise<number | null> =>
    (await place.partwise(['ls', '--ca-bundle', file, ...flags])).code;
  expect(await ls()).toBe(5);
  expect(await ls('--client-cert', 'both.pem')).toBe(0);
  expect(await ls('--client-cert', 'cert.pem', '--client-key', 'key.pem')).toBe(0);
  // A certificate without its key, a file that is not there.
  expect(await ls('--client-cert', 'cert.pem')).toBe(2);
  expect(await ls('--client-cert', 'none.pem')).toBe(8);
});
