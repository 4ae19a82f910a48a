// Installs the real servers the tests use, or runs one by hand: main.ts install | main.ts start NAME
import { once } from 'node:events';
import { installServer } from './install.ts';
import { startServer } from './start-server.ts';

const REAL = ['versitygw', 'rclone'] as const;
const [command, name] = process.argv.slice(2);

if (command === 'install') {
  for (const server of REAL) {
    const installed = await installServer(server);
    const said = 'skipped' in installed ? `skipped: ${server}: ${installed.skipped}` : `installed: ${server}`;
    process.stdout.write(`${said}\n`);
  }
} else if (command === 'start') {
  const known = (['embedded', ...REAL] as const).find((server) => server === name);
  if (known === undefined) throw new Error(`start which? embedded, ${REAL.join(', ')}`);
  const server = await startServer(known);
  if ('skipped' in server) {
    process.stdout.write(`skipped: ${known}: ${server.skipped}\n`);
  } else {
    const { endpoint, accessKeyId, secretAccessKey, bucket } = server;
    process.stdout.write(
      `ENDPOINT=${endpoint} BUCKET_NAME=${bucket} ACCESS_KEY_ID=${accessKeyId} SECRET_KEY=${secretAccessKey}\n`,
    );
    // Signals alone do not keep a process alive.
    const alive = setInterval(() => undefined, 60_000);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    clearInterval(alive);
    await server.stop();
  }
} else {
  throw new Error('install, or start NAME');
}
