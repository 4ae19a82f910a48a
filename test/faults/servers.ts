import type { ServerName } from '../servers/server.ts';

/** The servers of the matrix, in the order of its columns. */
export const SERVERS = ['embedded', 'versitygw', 'minio'] as const satisfies readonly ServerName[];
