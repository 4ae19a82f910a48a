import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { listKeys, listUploads } from '../support/processes/remote.ts';
import type { Workspace } from '../support/processes/workspace.ts';
import type { ProxiedRequest } from '../support/proxy/proxy.ts';
import type { Run } from './run-again.ts';
import type { Transfer } from './transfer.ts';

/** What was left of a transfer in its bucket. */
export type Leftovers = {
  /** Named by the program, and discarded by the command it printed. */
  readonly named: readonly string[];
  /** Never named by any run. */
  readonly unnamed: readonly string[];
  /** Still there after all that. */
  readonly lasting: readonly string[];
};

/** Discards what is left the way a user would: by the printed command, or else by the id. */
export async function discardLeftovers(place: Workspace, said: string): Promise<Leftovers> {
  const [named, unnamed]: [string[], string[]] = [[], []];
  for (const upload of await listUploads(place)) {
    const [key, id] = splitLast(upload);
    (said.includes(id) ? named : unnamed).push(upload);
    const printed = said.split('\n').find((line) => line.startsWith('discard: ') && line.includes(id));
    await (printed === undefined
      ? place.partwise(['abort', place.location(key), '--upload-id', id])
      : place.shell(printed.slice('discard: '.length)));
  }
  return { named, unnamed, lasting: await listUploads(place) };
}

/** Why no program could have named an upload. */
export type Excuse =
  /** The answer with its id never came. */
  | 'unanswered'
  /** It was killed, and was not run again or remembers nothing. */
  | 'killed';

/** Tells which excuse there is, if any. */
export function excuseFor(
  { args }: Transfer,
  runs: readonly Run[],
  requests: readonly ProxiedRequest[],
): Excuse | undefined {
  const isKilled = ({ ended }: Run): boolean => ended.signal === 'SIGKILL';
  const remembers = !args.includes('--no-resume') && !args.includes('-');
  if (runs.slice(-1).some(isKilled) || (!remembers && runs.some(isKilled))) return 'killed';
  const isUnanswered = requests.some(
    ({ operation, outcome, status }) =>
      operation === 'CreateMultipartUpload' && (outcome !== 'answered' || status !== 200),
  );
  return isUnanswered ? 'unanswered' : undefined;
}

/** An upload that is left must have been named, and the command that discards it must work. */
export function judgeLeftovers({ unnamed, lasting }: Leftovers, excuse: Excuse | undefined): string[] {
  const secret = excuse === undefined ? unnamed.map((upload) => `left without a word: ${upload}`) : [];
  return [...secret, ...lasting.map((upload) => `cannot be discarded: ${upload}`)];
}

/** Removes the objects, so that a long soak does not fill the disk. */
export async function emptyBucket(place: Workspace): Promise<void> {
  for (const key of await listKeys(place))
    await place.client.send(new DeleteObjectCommand({ Bucket: place.bucket, Key: key }));
}

/** Keys may hold spaces, ids do not. */
function splitLast(upload: string): [string, string] {
  const at = upload.lastIndexOf(' ');
  return [upload.slice(0, at), upload.slice(at + 1)];
}
