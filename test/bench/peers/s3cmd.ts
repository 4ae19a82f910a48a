import { join } from 'node:path';
import { ACCESS_KEY, BUCKETS, type Job, type Peer, SECRET_KEY, type Setting } from '../contestant.ts';
import { findInstalled, findPython, versionOf } from './installed.ts';

/** One part or file at a time; it always signs payloads. */
export const s3cmd: Peer = {
  name: 's3cmd',
  async find() {
    const installed = await findInstalled('s3cmd');
    if ('skipped' in installed) return installed;
    const program = findPython();
    const script = installed.binary;
    const env = { PYTHONPATH: installed.folder };
    return {
      name: 's3cmd',
      version: versionOf(program, [script, '--version'], env),
      command(job, setting) {
        if (setting.payload === 'http unsigned') return undefined;
        if (job.kind === 'version') return { program, args: [script, '--version'], env };
        return { program, args: [script, ...wordsOf(job), ...connecting(setting)], env };
      },
    };
  },
};

function connecting({ endpoint, partBytes, caFile, home }: Setting): string[] {
  const { host } = new URL(endpoint);
  const args = ['-c', join(home, 'no-s3cfg'), '--access_key', ACCESS_KEY, '--secret_key', SECRET_KEY];
  args.push('--host', host, '--host-bucket', host, '--region', 'us-east-1', '--no-progress', '--quiet');
  args.push('--multipart-chunk-size-mb', String(partBytes / 1024 ** 2));
  return caFile === undefined ? [...args, '--no-ssl'] : [...args, '--ssl', '--ca-certs', caFile];
}

function wordsOf(job: Exclude<Job, { kind: 'version' }>): string[] {
  switch (job.kind) {
    case 'put':
      return ['put', job.path, `s3://${BUCKETS.sink}/${job.key}`];
    case 'get':
      return ['get', '--force', `s3://${BUCKETS.source}/${job.key}`, job.path];
    case 'put-many':
      return ['put', '--recursive', join(job.folder, '/'), `s3://${BUCKETS.sink}/${job.prefix}`];
    case 'get-many':
      return ['get', '--force', '--recursive', `s3://${BUCKETS.keys}/${job.prefix}`, join(job.folder, '/')];
    case 'ls':
      return ['ls', '--recursive', `s3://${job.bucket}`];
  }
}
