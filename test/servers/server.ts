/** The servers that others wrote: five sets of quirks with the embedded one. */
export const REAL_SERVERS = ['versitygw', 'minio', 'radosgw', 'rclone'] as const;

/** A server that is a program of its own, installed before it is run. */
export type RealServerName = (typeof REAL_SERVERS)[number];

/** The servers the tests know how to run. */
export type ServerName = 'embedded' | RealServerName;

/** A server that runs, with one empty bucket. */
export type RunningServer = {
  readonly name: ServerName;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly bucket: string;
  /** Ends the server, waits for its exit, and removes what it stored. */
  stop(): Promise<void>;
};

/** Why a program cannot be run here, in words that finish `skipped: NAME: `. */
export type Skipped = { readonly skipped: string };
