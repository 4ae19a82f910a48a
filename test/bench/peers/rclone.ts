import { ACCESS_KEY, BUCKETS, type Job, type Peer, SECRET_KEY, type Setting } from '../contestant.ts';
import { findInstalled, versionOf } from './installed.ts';

/** It can be told to leave payloads unsigned. */
export const rclone: Peer = {
  name: 'rclone',
  async find() {
    const installed = await findInstalled('rclone');
    if ('skipped' in installed) return installed;
    const program = installed.binary;
    return {
      name: 'rclone',
      version: versionOf(program, 'version'),
      command(job, setting) {
        if (job.kind === 'version') return { program, args: ['version'] };
        const env = { RCLONE_S3_ACCESS_KEY_ID: ACCESS_KEY, RCLONE_S3_SECRET_ACCESS_KEY: SECRET_KEY };
        return { program, args: [...wordsOf(job), ...connecting(setting)], env };
      },
    };
  },
};

function connecting({ endpoint, payload, partBytes, lanes, caFile }: Setting): string[] {
  const args = ['--config', '', '--s3-provider', 'Other', '--s3-endpoint', endpoint, '--s3-no-check-bucket'];
  args.push('--s3-upload-cutoff', `${partBytes}B`, '--s3-chunk-size', `${partBytes}B`);
  args.push('--multi-thread-cutoff', `${partBytes}B`, '--multi-thread-chunk-size', `${partBytes}B`);
  if (lanes !== undefined)
    for (const flag of ['--s3-upload-concurrency', '--multi-thread-streams', '--transfers', '--checkers'])
      args.push(flag, String(lanes));
  if (payload === 'http unsigned') args.push('--s3-use-unsigned-payload=true');
  return caFile === undefined ? args : [...args, '--ca-cert', caFile];
}

function wordsOf(job: Exclude<Job, { kind: 'version' }>): string[] {
  switch (job.kind) {
    case 'put':
      return ['copyto', job.path, `:s3:${BUCKETS.sink}/${job.key}`];
    case 'get':
      return ['copyto', `:s3:${BUCKETS.source}/${job.key}`, job.path];
    case 'put-many':
      return ['copy', job.folder, `:s3:${BUCKETS.sink}/${job.prefix}`];
    case 'get-many':
      return ['copy', `:s3:${BUCKETS.keys}/${job.prefix}`, job.folder];
    case 'ls':
      return ['ls', '--fast-list', `:s3:${job.bucket}`];
  }
}
