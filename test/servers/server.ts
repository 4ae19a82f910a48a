/** The servers the tests know how to run. */
export type ServerName = 'embedded' | 'versitygw' | 'rclone';

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

/** Why a server cannot be run here, in words that finish `skipped: NAME: `. */
export type Skipped = { readonly skipped: string };
