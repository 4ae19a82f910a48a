import type { Skipped } from '../servers/server.ts';
import type { Contestant, Job, Setting } from './contestant.ts';
import { buildFloor } from './native.ts';

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

/** The least that any program of Node can cost. */
export const nodeFloor: Contestant = {
  name: 'node -e 0',
  version: process.version,
  command: () => ({ program: process.execPath, args: ['-e', '0'] }),
};
