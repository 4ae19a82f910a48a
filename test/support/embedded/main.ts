// Runs the embedded server by itself: for the demo, and for tests that need it in another process.
import { parseArgs } from 'node:util';
import { startServer } from './server.ts';
import { parseWays } from './ways.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    dir: { type: 'string' },
    buckets: { type: 'string', default: '' },
    ways: { type: 'string', default: '' },
    'access-key-id': { type: 'string', default: 'embedded-access-key' },
    'secret-access-key': { type: 'string', default: 'embedded-secret-key' },
    'clock-offset': { type: 'string', default: '0' },
    'smallest-part-bytes': { type: 'string', default: String(5 * 1024 * 1024) },
    'until-stdin-closes': { type: 'boolean', default: false },
  },
});
if (values.dir === undefined) throw new Error('--dir DIR is required');

const server = await startServer({
  dir: values.dir,
  port: Number(values.port),
  buckets: values.buckets.split(',').filter(Boolean),
  ways: parseWays(values.ways),
  accessKeyId: values['access-key-id'],
  secretAccessKey: values['secret-access-key'],
  smallestPartBytes: Number(values['smallest-part-bytes']),
});
server.advance(Number(values['clock-offset']) * 1000);

const stop = (): void => {
  // An error in closing ends the process as any unhandled rejection does.
  void server.close().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (values['until-stdin-closes']) process.stdin.once('close', stop).resume();

process.stdout.write(`listening ${server.endpoint}\n`);
