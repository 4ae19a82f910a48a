import { basename, join } from 'node:path';
import { ACCESS_KEY, BUCKETS, type Job, type Peer, SECRET_KEY, type Setting } from '../contestant.ts';
import { findInstalled } from './installed.ts';

const ALIAS = 'bench';

/** Over plain http it signs payloads, piece by piece. */
export const mc: Peer = {
  name: 'mc',
  async find() {
    const installed = await findInstalled('mc');
    if ('skipped' in installed) return installed;
    const program = installed.binary;
    return {
      name: 'mc',
      // It does not know its own.
      version: basename(installed.folder),
      command(job, setting) {
        if (setting.payload === 'http unsigned') return undefined;
        if (job.kind === 'version') return { program, args: ['--version'] };
        const args = ['--config-dir', join(setting.home, 'mc'), '--quiet', ...wordsOf(job)];
        return { program, args, env: envOf(setting) };
      },
    };
  },
};

function envOf({ endpoint, partBytes, lanes }: Setting): Record<string, string> {
  const place = endpoint.replace('://', `://${ACCESS_KEY}:${SECRET_KEY}@`);
  const env = { [`MC_HOST_${ALIAS}`]: place, MC_UPLOAD_MULTIPART_SIZE: `${partBytes / 1024 ** 2}MiB` };
  return lanes === undefined ? env : { ...env, MC_UPLOAD_MULTIPART_THREADS: String(lanes) };
}

function wordsOf(job: Exclude<Job, { kind: 'version' }>): string[] {
  switch (job.kind) {
    case 'put':
      return ['cp', job.path, `${ALIAS}/${BUCKETS.sink}/${job.key}`];
    case 'get':
      return ['cp', `${ALIAS}/${BUCKETS.source}/${job.key}`, job.path];
    case 'put-many':
      return ['cp', '-r', join(job.folder, '/'), `${ALIAS}/${BUCKETS.sink}/${job.prefix}`];
    case 'get-many':
      return ['cp', '-r', `${ALIAS}/${BUCKETS.keys}/${job.prefix}`, join(job.folder, '/')];
    case 'ls':
      return ['ls', '-r', `${ALIAS}/${job.bucket}`];
  }
}
