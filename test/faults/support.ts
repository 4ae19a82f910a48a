import { chmod, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Assertion, expect, onTestFinished } from 'vitest';
import { listTree, makeBytes } from '../support/processes/files.ts';
import { openPlace, type Place, type RunOptions, type ServerAccess } from '../support/processes/place.ts';
import type { Ended, Program } from '../support/processes/program.ts';
import { listKeys, listUploads, readObject, storeObject } from '../support/processes/remote.ts';
import type { OperationName } from '../support/proxy/operation.ts';
import {
  type ProxiedRequest,
  type Proxy,
  type ProxyOptions,
  type Rule,
  startProxy,
} from '../support/proxy/proxy.ts';

export const MiB = 1024 * 1024;
/** The object of the fault matrix: four parts of 5 MiB, the last one shorter. */
export const BYTES = makeBytes(20_000_000);
/** Part size and lanes of the fault matrix. */
const SIZES = ['-s', '5MiB', '-c', '4'] as const;
/** "Always", for `nth` from a certain request on. */
export const EVER = 1_000_000;

/** A place whose program talks through a proxy, while `client` talks to the server itself. */
export type FaultPlace = Place & {
  readonly proxy: Proxy;
  /** Puts `file`, 20 MB unless another one was written, as `key`. */
  put(...flags: string[]): Promise<Ended>;
  startPut(flags: readonly string[], options?: RunOptions): Program;
  /** Gets `key` as `file`. */
  get(...flags: string[]): Promise<Ended>;
  startGet(flags: readonly string[], options?: RunOptions): Program;
};

/** Opens a place behind a proxy with these rules. */
export async function openFaults(
  server: ServerAccess,
  rules: readonly Rule[] = [],
  options: Pick<ProxyOptions, 'seed' | 'tls'> = {},
): Promise<FaultPlace> {
  const proxy = await startProxy({ target: server.endpoint, rules, ...options });
  onTestFinished(() => proxy.close());
  const place = await openPlace(server, { endpoint: proxy.endpoint });
  const startPut: FaultPlace['startPut'] = (flags, options) =>
    place.start(['put', ...SIZES, ...flags, 'file', place.location('key')], options);
  const startGet: FaultPlace['startGet'] = (flags, options) =>
    place.start(['get', ...SIZES, ...flags, place.location('key'), 'file'], options);
  return {
    ...place,
    proxy,
    startPut,
    startGet,
    put: async (...flags) => await startPut(flags).ended,
    get: async (...flags) => await startGet(flags).ended,
  };
}

/** A place with the 20 MB as `file`, and perhaps an old object under its key. */
export async function openPut(
  server: ServerAccess,
  rules: readonly Rule[] = [],
  old?: string,
): Promise<FaultPlace> {
  const place = await openFaults(server, rules);
  await writeFile(join(place.dir, 'file'), BYTES);
  if (old !== undefined) await storeObject(place, 'key', old);
  return place;
}

/** A place with the 20 MB as object `key`, and an old file in place. */
export async function openGet(server: ServerAccess, rules: readonly Rule[] = []): Promise<FaultPlace> {
  const place = await openFaults(server, rules);
  await storeObject(place, 'key', BYTES);
  await writeOld(join(place.dir, 'file'));
  return place;
}

/** Writes the old file of `DEST=`. */
export async function writeOld(path: string): Promise<void> {
  await writeFile(path, 'old');
  await chmod(path, 0o640);
  await utimes(path, 1_000_000, 1_000_000);
}

/** `expect`, and what the program said when it fails. */
export function explain<T>(value: T, said: string): Assertion<T> {
  // oxlint-disable-next-line vitest/valid-expect
  return expect(value, said);
}

/** The server's error answer, in its place. */
export function refuse(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): Rule['do'] & object {
  const headersOfXml = { 'Content-Type': 'application/xml', ...headers };
  return { action: 'answer', status, headers: headersOfXml, body: errorBody(code), drain: true };
}

export function errorBody(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>injected ${code}</Message><RequestId>req-1</RequestId></Error>`;
}

/** The requests of an operation, perhaps of one part. */
export function sent(place: FaultPlace, operation: OperationName, part?: number): ProxiedRequest[] {
  return place.proxy.requests.filter(
    (line) => line.operation === operation && (part === undefined || line.partNumber === part),
  );
}

/** How often each of the four parts was sent. */
export function partCounts(place: FaultPlace): number[] {
  return [1, 2, 3, 4].map((part) => sent(place, 'UploadPart', part).length);
}

/** How many requests a rule came to something in. */
export function hits(place: FaultPlace, action: string): number {
  return place.proxy.requests.filter(({ did }) => did.includes(action)).length;
}

/** OK of a put: exit 0, the object is the file, CLEAN. */
export async function expectPutOk(place: FaultPlace, ended: Ended, bytes = BYTES): Promise<void> {
  explain(ended.code, ended.stderr).toBe(0);
  expect(bytes.equals(await readObject(place, 'key'))).toBe(true);
  await expectClean(place);
}

/** OK of a get: exit 0, the file is the object, NOTEMP. */
export async function expectGetOk(place: FaultPlace, ended: Ended, bytes = BYTES): Promise<void> {
  explain(ended.code, ended.stderr).toBe(0);
  expect(bytes.equals(await readFile(join(place.dir, 'file')))).toBe(true);
  await expectNoTemp(place);
}

/** FAIL: this exit code, and a plain sentence with the key and no stack. */
export function expectFail(ended: Ended, code: number | readonly number[], names = /key/): void {
  expect([code].flat(), `exit ${ended.code}: ${ended.stderr}`).toContain(ended.code);
  expect(ended.stderr).toMatch(/^partwise: .+/m);
  expect(ended.stderr).toMatch(names);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  expect(ended.stderr).not.toMatch(/internal error/);
}

/** CLEAN: no unfinished upload is left in the bucket. */
export async function expectClean(place: FaultPlace): Promise<void> {
  expect(await listUploads(place)).toEqual([]);
}

/** KEPT: one upload is left, and its id, the resume and the discard command are printed. */
export async function expectKept(place: FaultPlace, ended: Ended): Promise<string> {
  const uploads = await listUploads(place);
  explain(uploads, ended.stderr).toHaveLength(1);
  const [key = '', id = ''] = (uploads[0] ?? '').split(' ');
  expect(ended.stderr).toContain(`kept: ${place.location(key)} upload ${id}, `);
  expect(ended.stderr).toMatch(/^resume: partwise put /m);
  expect(ended.stderr).toContain(`discard: partwise abort ${place.location(key)} --upload-id ${id}`);
  return id;
}

/** The object is still the old one, or there is none. */
export async function expectObject(place: FaultPlace, old?: string): Promise<void> {
  const found = (await listKeys(place)).includes('key')
    ? (await readObject(place, 'key')).toString()
    : undefined;
  expect(found === old, `the object is ${found?.length ?? 'no'} bytes`).toBe(true);
}

/** DEST=: the file is the old one in bytes, time and mode. */
export async function expectDest(place: FaultPlace, path = join(place.dir, 'file')): Promise<void> {
  expect((await readFile(path)).subarray(0, 100).toString()).toBe('old');
  const { mtimeMs, mode } = await stat(path);
  expect([mtimeMs, mode & 0o777]).toEqual([1_000_000_000, 0o640]);
}

/** NOTEMP: nothing beside the file, nothing in the memory of transfers. */
export async function expectNoTemp(place: FaultPlace, names: readonly string[] = ['file']): Promise<void> {
  expect(await listTree(place.dir)).toEqual(names);
  expect(await journals(place)).toEqual([]);
}

/** Where the program remembers transfers. */
export function stateOf(place: Place): string {
  return join(dirname(place.dir), '.local', 'state', 'partwise', 'transfers');
}

export async function journals(place: Place): Promise<string[]> {
  return await readdir(stateOf(place)).catch(() => []);
}

/** Waits until something is so. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await sleep(20);
}

/** Waits until this second is over. */
export async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1000);
  await until(() => Math.floor(Date.now() / 1000) > second);
}

/** Waits until such a request has come to the proxy. */
export async function arrived(place: FaultPlace, operation: OperationName, part?: number): Promise<void> {
  await until(() => sent(place, operation, part).length > 0);
}

/** Waits until nothing is under way in the proxy. */
export async function settled(place: FaultPlace): Promise<void> {
  await until(() => place.proxy.stats().inFlight === 0);
}
