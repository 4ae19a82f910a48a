import { createHash, randomBytes } from 'node:crypto';
import { lstat, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from './make-directory.ts';
import { readStateFile, whyShared } from './state-file.ts';

/** What earlier runs learned of an endpoint; forgotten after a week, since servers are upgraded. */
export type EndpointMemory = {
  /** The fields as they were remembered; none for an endpoint that is not known. */
  recall(endpoint: string): Promise<ReadonlyMap<string, unknown>>;
  remember(endpoint: string, fields: object): Promise<void>;
};

const KEPT_MS = 7 * 86_400_000;
/** A handful of fields. */
const MAX_BYTES = 64 * 1024;

/** A memory in a directory: one small file for each endpoint, replaced at once. */
export function endpointMemory(directory: string, now: () => number = Date.now): EndpointMemory {
  const folder = join(directory, 'endpoints');
  const fileOf = (endpoint: string): string =>
    join(folder, `${createHash('sha256').update(endpoint).digest('hex')}.json`);
  return {
    async recall(endpoint) {
      // A hint and no more: a file that is missing, damaged or not trustworthy only means that this program asks the server
      // again.
      const text = (await isOwn(folder))
        ? await readStateFile(fileOf(endpoint), MAX_BYTES).catch(() => '')
        : '';
      const fields = parseFields(text);
      const at = fields.get('at');
      return typeof at === 'number' && Math.abs(now() - at) < KEPT_MS ? fields : new Map();
    },
    async remember(endpoint, fields) {
      const path = fileOf(endpoint);
      const draft = `${path}.${randomBytes(6).toString('hex')}`;
      await makeDirectories(folder, 0o700);
      if (!(await isOwn(folder))) return;
      await writeFile(draft, `${JSON.stringify({ endpoint, at: now(), ...fields })}\n`, {
        mode: 0o600,
        flag: 'wx',
      });
      await rename(draft, path);
    },
  };
}

/** Whether no other user can put something there. */
async function isOwn(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && whyShared(found) === undefined;
}

function parseFields(text: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map(); // half a file
  }
}
