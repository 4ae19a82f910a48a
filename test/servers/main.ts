// Installs the real servers the tests use, or runs one by hand: main.ts install | main.ts start NAME
import { once } from 'node:events';
import { installAll } from './install-all.ts';
import { REAL_SERVERS } from './server.ts';
import { startServer } from './start-server.ts';

const [command, name] = process.argv.slice(2);

if (command === 'install') {
  const missing = await installAll((program) => void process.stdout.write(`installed: ${program}\n`));
  for (const line of missing) process.stdout.write(`${line}\n`);
} else if (command === 'start') {
  const known = (['embedded', ...REAL_SERVERS] as const).find((server) => server === name);
  if (known === undefined) throw new Error(`start which? embedded, ${REAL_SERVERS.join(', ')}`);
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
