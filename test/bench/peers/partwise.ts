import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { BUCKETS, type Contestant, type Job, type Setting } from '../contestant.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** What a user starts. */
export const PROGRAM = join(ROOT, 'bin', 'partwise.cjs');

/** The built program, as a user runs it; `before`: that of another checkout. */
export async function findPartwise(flags: readonly string[] = [], before?: string): Promise<Contestant> {
  const root = before ?? ROOT;
  const program = before === undefined ? PROGRAM : join(before, 'bin', 'partwise.cjs');
  const manifest: { readonly version: string } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  return {
    name: [before === undefined ? 'partwise' : 'before', ...flags].join(' '),
    version: manifest.version,
    command(job, setting) {
      const args = [program, ...wordsOf(job, setting), ...flags];
      return { program: process.execPath, args };
    },
  };
}

function wordsOf(job: Job, setting: Setting): string[] {
  switch (job.kind) {
    case 'put':
      return ['put', job.path, `s3://${BUCKETS.sink}/${job.key}`, ...moving(setting)];
    case 'get':
      return ['get', `s3://${BUCKETS.source}/${job.key}`, job.path, ...moving(setting)];
    case 'put-many':
      return ['put', '-r', job.folder, `s3://${BUCKETS.sink}/${job.prefix}`, ...moving(setting)];
    case 'get-many':
      return ['get', '-r', `s3://${BUCKETS.keys}/${job.prefix}`, `${job.folder}/`, ...moving(setting)];
    case 'ls':
      return ['ls', '-r', `s3://${job.bucket}`, ...connecting(setting)];
    case 'version':
      return ['--version'];
  }
}

function connecting({ endpoint, payload }: Setting): string[] {
  return ['-e', endpoint, '--sign-payload', payload === 'http signed' ? 'always' : 'never'];
}

/** What it takes for part buffers where nothing is said. */
const OWN_MEMORY_BYTES = 256 * 1024 ** 2;

function moving(setting: Setting): string[] {
  const { lanes, partBytes, home } = setting;
  const args = [...connecting(setting), '-q', '-s', String(partBytes), '--state-dir', join(home, 'state')];
  if (lanes === undefined) return args;
  args.push('-c', String(lanes), '-j', String(lanes));
  // Else it would open fewer lanes than it is told.
  if (lanes * partBytes > OWN_MEMORY_BYTES) args.push('--max-memory', String(lanes * partBytes));
  return args;
}
