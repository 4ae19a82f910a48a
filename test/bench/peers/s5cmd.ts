import { join } from 'node:path';
import { BUCKETS, type Job, type Peer, type Setting } from '../contestant.ts';
import { findInstalled, versionOf } from './installed.ts';

/** Over plain http it signs every payload and cannot be told otherwise. */
export const s5cmd: Peer = {
  name: 's5cmd',
  async find() {
    const installed = await findInstalled('s5cmd');
    if ('skipped' in installed) return installed;
    const program = installed.binary;
    return {
      name: 's5cmd',
      version: versionOf(program, 'version'),
      command(job, setting) {
        if (setting.payload === 'http unsigned') return undefined;
        if (job.kind === 'version') return { program, args: ['version'] };
        return { program, args: [...connecting(setting), ...wordsOf(job, setting)] };
      },
    };
  },
};

function connecting({ endpoint, lanes }: Setting): string[] {
  const workers = lanes === undefined ? [] : ['--numworkers', String(lanes)];
  return ['--endpoint-url', endpoint, '--log', 'error', ...workers];
}

function wordsOf(job: Exclude<Job, { kind: 'version' }>, { partBytes, lanes }: Setting): string[] {
  const copy = ['cp', '--part-size', String(partBytes / 1024 ** 2)];
  if (lanes !== undefined) copy.push('--concurrency', String(lanes));
  switch (job.kind) {
    case 'put':
      return [...copy, job.path, `s3://${BUCKETS.sink}/${job.key}`];
    case 'get':
      return [...copy, `s3://${BUCKETS.source}/${job.key}`, job.path];
    case 'put-many':
      return [...copy, join(job.folder, '/'), `s3://${BUCKETS.sink}/${job.prefix}`];
    case 'get-many':
      return [...copy, `s3://${BUCKETS.keys}/${job.prefix}*`, join(job.folder, '/')];
    case 'ls':
      // Of an empty bucket it says so by failing, unless the bucket itself is named.
      return ['ls', `s3://${job.bucket}${job.keys > 0 ? '/*' : ''}`];
  }
}
