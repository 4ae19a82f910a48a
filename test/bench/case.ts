import type { ServerWays, Counts } from './bench-server.ts';
import type { Contestant, Job, Payload } from './contestant.ts';

/** One thing that all programs do in turn. */
export type Case = {
  /** As the command line and the results name it. */
  readonly name: string;
  readonly payload: Payload;
  readonly server: ServerWays;
  /** What is moved: costs are given for each GiB as well. 0: nothing that counts in bytes. */
  readonly bytes: number;
  readonly lanes: number | undefined;
  readonly contestants: readonly Contestant[];
  /** The job of one run; nothing is left of the run before it. */
  prepare(run: string): Promise<Job>;
  /** What is wrong although the program ended with 0. */
  judge(job: Job, seen: Counts): Promise<string | undefined>;
};

/** Makes the cases of a group; files go into the folder, which is removed afterwards. */
export type CaseGroup = (bench: Bench, folder: string) => Promise<Case[]>;

/** What the groups choose from. */
export type Bench = {
  readonly sizeBytes: number;
  readonly files: number;
  readonly keys: number;
  readonly wanBytes: number;
  readonly lanes: number;
  readonly payloads: readonly Payload[];
  readonly partwise: Contestant;
  readonly peers: readonly Contestant[];
  /** partwise told to list in parallel ranges, where it can. */
  readonly parallelListers: readonly Contestant[];
  /** Says that something is left out. */
  skip(what: string, why: string): void;
};
