import { join } from 'node:path';
import { BUCKETS, type Job, type Peer, type Setting } from '../contestant.ts';
import { findInstalled, findPython, versionOf } from './installed.ts';

const SCRIPT = join(import.meta.dirname, 'boto3-transfer.py');

/** Ten lines of Python; no folders. */
export const boto3: Peer = {
  name: 'boto3',
  async find() {
    const installed = await findInstalled('aws');
    if ('skipped' in installed) return installed;
    const program = findPython();
    const env = { PYTHONPATH: installed.folder };
    const asked = ['-c', 'import boto3; print(boto3.__version__)'];
    return {
      name: 'boto3',
      version: versionOf(program, asked, env),
      command(job, setting) {
        if (job.kind === 'version') return { program, args: asked, env };
        const words = wordsOf(job, setting);
        return words && { program, args: [SCRIPT, ...words], env };
      },
    };
  },
};

function wordsOf(job: Job, { endpoint, partBytes, lanes = 10, payload }: Setting): string[] | undefined {
  const how = [
    String(partBytes),
    String(lanes),
    payload === 'https' ? '-' : String(payload === 'http signed'),
  ];
  if (job.kind === 'put') return ['put', endpoint, BUCKETS.sink, job.key, job.path, ...how];
  if (job.kind === 'get') return ['get', endpoint, BUCKETS.source, job.key, job.path, ...how];
  if (job.kind === 'ls') return ['ls', endpoint, job.bucket, '-', '-', ...how];
  return undefined;
}
