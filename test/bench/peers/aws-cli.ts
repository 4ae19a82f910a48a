import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUCKETS, type Job, type Peer, type Setting } from '../contestant.ts';
import { findInstalled, findPython, versionOf } from './installed.ts';

/** It can be told whether payloads are signed. */
export const awsCli: Peer = {
  name: 'aws-cli',
  async find() {
    const installed = await findInstalled('aws');
    if ('skipped' in installed) return installed;
    const program = findPython();
    const env = { PYTHONPATH: installed.folder };
    return {
      name: 'aws-cli',
      version: versionOf(program, ['-m', 'awscli', '--version'], env),
      command(job, setting) {
        if (job.kind === 'version') return { program, args: ['-m', 'awscli', '--version'], env };
        const config = join(setting.home, 'aws-config');
        writeFileSync(config, configOf(setting));
        const args = ['-m', 'awscli', '--endpoint-url', setting.endpoint, 's3', ...wordsOf(job)];
        return { program, args, env: { ...env, AWS_CONFIG_FILE: config } };
      },
    };
  },
};

function configOf({ partBytes, lanes, payload }: Setting): string {
  const lines = [`multipart_threshold = ${partBytes}`, `multipart_chunksize = ${partBytes}`];
  if (lanes !== undefined) lines.push(`max_concurrent_requests = ${lanes}`);
  if (payload !== 'https') lines.push(`payload_signing_enabled = ${payload === 'http signed'}`);
  return `[default]\ns3 =\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function wordsOf(job: Exclude<Job, { kind: 'version' }>): string[] {
  const copy = ['cp', '--only-show-errors'];
  switch (job.kind) {
    case 'put':
      return [...copy, job.path, `s3://${BUCKETS.sink}/${job.key}`];
    case 'get':
      return [...copy, `s3://${BUCKETS.source}/${job.key}`, job.path];
    case 'put-many':
      return [...copy, '--recursive', job.folder, `s3://${BUCKETS.sink}/${job.prefix}`];
    case 'get-many':
      return [...copy, '--recursive', `s3://${BUCKETS.keys}/${job.prefix}`, job.folder];
    case 'ls':
      return ['ls', '--recursive', `s3://${job.bucket}`];
  }
}
