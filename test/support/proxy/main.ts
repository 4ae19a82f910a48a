// Runs the proxy by itself: for tests that need it in another process.
import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startProxy } from './proxy.ts';
import { parseRules } from './read-rules.ts';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    port: { type: 'string', default: '0' },
    rules: { type: 'string' },
    seed: { type: 'string', default: '1' },
    log: { type: 'string' },
    'until-stdin-closes': { type: 'boolean', default: false },
  },
});
if (values.target === undefined) throw new Error('--target URL is required');
const { log } = values;

const proxy = await startProxy({
  target: values.target,
  port: Number(values.port),
  rules: values.rules === undefined ? [] : parseRules(readFileSync(values.rules, 'utf8')),
  seed: Number(values.seed),
  // At once and whole, so that the file can be read while the proxy runs.
  onEnd: (line) => log !== undefined && appendFileSync(log, `${JSON.stringify(line)}\n`),
});

const stop = (): void => {
  // An error in closing ends the process as any unhandled rejection does.
  void proxy.close().then(() => process.exit(0));
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
if (values['until-stdin-closes']) process.stdin.once('close', stop).resume();

process.stdout.write(`listening ${proxy.endpoint}\ncontrol ${proxy.control}\n`);
