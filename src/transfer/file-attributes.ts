/** What a file is beside its name and bytes, as far as an object can carry it. */
export type FileAttributes = {
  /** When its bytes last changed, in nanoseconds since the epoch. */
  readonly mtimeNs?: bigint | undefined;
  /** Permission bits. */
  readonly mode?: number | undefined;
};
