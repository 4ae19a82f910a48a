import type { Skipped } from '../servers/server.ts';
import type { Contestant, Job, Setting } from './contestant.ts';
import { buildFloor, buildNodeFloor } from './native.ts';

/** The least that moving bytes can cost: no signature, no checksum, over plain http. */
export async function findByteFloor(kind: 'put' | 'get'): Promise<Contestant | Skipped> {
  const program = await buildFloor(kind);
  if (typeof program !== 'string') return program;
  return {
    name: 'floor',
    version: 'C',
    command(job: Job, { payload, endpoint, partBytes, lanes = 8 }: Setting) {
      if (payload === 'https' || job.kind !== kind) return undefined;
      const { port } = new URL(endpoint);
      return { program, args: [port, job.path, String(job.bytes), String(partBytes), String(lanes)] };
    },
  };
}

/** The least that the same work costs a program of Node: sockets and files, without signature, checksum or retry. */
export async function findNodeFloor(): Promise<Contestant> {
  const program = await buildNodeFloor();
  return {
    name: 'floor of Node',
    version: process.version,
    command(job: Job, { endpoint, caFile = '', partBytes, lanes = 8 }: Setting) {
      const words = wordsOf(job, partBytes);
      if (!words) return undefined;
      return {
        program: process.execPath,
        args: [program, job.kind, endpoint, caFile, String(lanes), ...words],
      };
    },
  };
}

function wordsOf(job: Job, partBytes: number): readonly string[] | undefined {
  switch (job.kind) {
    case 'put':
    case 'get':
      return [job.path, String(job.bytes), String(partBytes)];
    case 'put-many':
      return [job.folder, job.prefix, String(job.fileBytes)];
    case 'get-many':
      return [job.folder, job.prefix];
    case 'ls':
      return job.keys === 0 ? [job.bucket] : undefined;
    case 'version':
      return undefined;
  }
}

/** The least that any program of Node can cost. */
export const nodeFloor: Contestant = {
  name: 'node -e 0',
  version: process.version,
  command: () => ({ program: process.execPath, args: ['-e', '0'] }),
};
