import { join } from 'node:path';
import { BUCKETS, type Peer } from '../contestant.ts';
import { findInstalled, findPython, versionOf } from './installed.ts';

const SCRIPT = join(import.meta.dirname, 'awscrt-transfer.py');

/** One object at a time; it never hashes payloads for their signature. */
export const awscrt: Peer = {
  name: 'awscrt',
  async find() {
    const installed = await findInstalled('awscrt');
    if ('skipped' in installed) return installed;
    const program = findPython();
    const env = { PYTHONPATH: installed.folder };
    const asked = ['-c', 'import importlib.metadata as m; print(m.version("awscrt"))'];
    return {
      name: 'awscrt',
      version: versionOf(program, asked, env),
      command(job, { payload, endpoint, partBytes, lanes, caFile }) {
        if (job.kind !== 'get' && (job.kind !== 'put' || payload === 'http signed')) return undefined;
        const bucket = job.kind === 'put' ? BUCKETS.sink : BUCKETS.source;
        const how = [String(partBytes), String(lanes ?? '-'), caFile ?? '-'];
        return { program, args: [SCRIPT, job.kind, endpoint, bucket, job.key, job.path, ...how], env };
      },
    };
  },
};
