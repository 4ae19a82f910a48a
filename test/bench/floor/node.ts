import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';

// The least that a program of Node can cost for the work of a case: sockets and files, in one thread, and nothing else:
// no signature, no checksum, no retry, no directory made safe. KIND ENDPOINT CA-FILE LANES, then what the kind takes.

const PIECE_BYTES = 256 * 1024;
const SLAB_BYTES = 1024 ** 2;

/** One request and its whole answer; a large body goes to `onBody` as it comes. */
type Ask = (head: string, body?: Body, onBody?: (bytes: Buffer) => void) => Promise<Buffer>;
/** So many bytes, from so far into a file; `0` begins at its front. */
type Body = { readonly file: number; readonly start: number; readonly end: number };

const [kind = '', endpoint = '', caFile = '', lanes = '', ...words] = process.argv.slice(2);
const { hostname, port, protocol } = new URL(endpoint);
const ca = protocol === 'https:' ? readFileSync(caFile) : undefined;

/** A connection that asks one thing at a time. */
async function openLane(): Promise<Ask> {
  const slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  let take: (bytes: Buffer) => void = () => undefined;
  const onread = {
    buffer: slab,
    callback: (count: number): boolean => {
      take(slab.subarray(0, count));
      return true;
    },
  };
  const to = { host: hostname, port: Number(port), onread };
  const socket: Socket = ca ? connectTls({ ...to, ca }) : connect(to);
  socket.setNoDelay(true);
  await new Promise<unknown>((resolve, reject) => {
    socket.once(ca ? 'secureConnect' : 'connect', resolve).once('error', reject);
  });
  const send = async ({ file, start, end }: Body): Promise<void> => {
    for (let at = start; at < end; at += PIECE_BYTES) {
      const count = readSync(file, piece, 0, Math.min(PIECE_BYTES, end - at), at);
      await new Promise((resolve) => socket.write(piece.subarray(0, count), resolve));
    }
  };
  return async (head, body, onBody) => {
    const answered = new Promise<Buffer>((resolve) => {
      let left = -1;
      const kept: Buffer[] = [];
      take = (bytes) => {
        let rest = bytes;
        if (left < 0) {
          const end = bytes.indexOf('\r\n\r\n');
          left = Number(/content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? 0);
          rest = bytes.subarray(end + 4);
        }
        left -= rest.byteLength;
        if (onBody) onBody(rest);
        else kept.push(Buffer.from(rest));
        if (left <= 0) resolve(Buffer.concat(kept));
      };
    });
    socket.cork();
    socket.write(head);
    const sent = body && body.end > body.start ? send(body) : undefined;
    socket.uncork();
    await sent;
    return await answered;
  };
}

/** Does every item, so many at a time. */
async function inLanes<T>(items: readonly T[], work: (ask: Ask, item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const lane = async (): Promise<void> => {
    const ask = await openLane();
    for (const item of left) await work(ask, item);
  };
  await Promise.all(Array.from({ length: Number(lanes) }, lane));
}

function rangesOf(size: number, part: number): readonly Omit<Body, 'file'>[] {
  return Array.from({ length: Math.ceil(size / part) }, (_, index) => ({
    start: index * part,
    end: Math.min(size, (index + 1) * part),
  }));
}

const get = (path: string, range = ''): string => `GET ${path} HTTP/1.1\r\nHost: floor\r\n${range}\r\n`;
const put = (path: string, bytes: number): string =>
  `PUT ${path} HTTP/1.1\r\nHost: floor\r\nContent-Length: ${bytes}\r\n\r\n`;

async function putOne([path = '', size = '', part = '']: readonly string[]): Promise<void> {
  const file = openSync(path, 'r');
  await inLanes(rangesOf(Number(size), Number(part)), async (ask, { start, end }) => {
    await ask(put('/sink/floor', end - start), { file, start, end });
  });
}

async function getOne([path = '', size = '', part = '']: readonly string[]): Promise<void> {
  const file = openSync(path, 'w');
  await inLanes(rangesOf(Number(size), Number(part)), async (ask, { start, end }) => {
    let at = start;
    const range = `Range: bytes=${start}-${end - 1}\r\n`;
    await ask(get(`/source/bytes-${size}`, range), undefined, (bytes) => {
      writeSync(file, bytes, 0, bytes.byteLength, at);
      at += bytes.byteLength;
    });
  });
}

async function putMany([folder = '', prefix = '', bytes = '']: readonly string[]): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.\w+$/.test(name),
  );
  await inLanes(names, async (ask, name) => {
    const file = openSync(join(folder, name), 'r');
    await ask(put(`/sink/${prefix}${name}`, Number(bytes)), { file, start: 0, end: Number(bytes) });
    closeSync(file);
  });
}

async function getMany([folder = '', prefix = '']: readonly string[]): Promise<void> {
  const keys: string[] = [];
  const ask = await openLane();
  for (let after = ''; ; after = keys.at(-1) ?? '') {
    const page = await ask(get(`/keys?list-type=2&prefix=${prefix}&start-after=${after}`));
    const found = [...page.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = '']) => key);
    keys.push(...found);
    if (found.length < 1000) break;
  }
  for (const key of keys) mkdirSync(join(folder, key, '..'), { recursive: true });
  await inLanes(keys, async (lane, key) => {
    const file = openSync(join(folder, key), 'w');
    await lane(get(`/keys/${key}`), undefined, (bytes) => writeSync(file, bytes));
    closeSync(file);
  });
}

async function list([bucket = '']: readonly string[]): Promise<void> {
  process.stdout.write(await (await openLane())(get(`/${bucket}?list-type=2`)));
}

const kinds: Readonly<Record<string, (words: readonly string[]) => Promise<void>>> = {
  put: putOne,
  get: getOne,
  'put-many': putMany,
  'get-many': getMany,
  ls: list,
};
const work = kinds[kind];
// Connections that are kept alive would keep the program too.
void Promise.resolve(work?.(words)).then(() => process.exit(work ? 0 : 2));
