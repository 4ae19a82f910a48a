import { TransferError } from './errors.ts';
import type { Cancellable, ObjectLocation, Store, WholeObject } from './ports.ts';

/** `readWhole` of a store that has no one request for it: a look, and a range that is all of it. */
export async function readByRange(
  store: Pick<Store, 'stat' | 'read' | 'describe'>,
  object: ObjectLocation,
  { signal, maxBytes }: Cancellable & { readonly maxBytes: number },
): Promise<WholeObject | undefined> {
  const info = await store.stat(object, { signal });
  if (info.size > maxBytes) return undefined;
  const bytes = new Uint8Array(info.size);
  if (info.size === 0) return { info, bytes };
  const range = { start: 0, end: info.size };
  let done = 0;
  const version = { etag: info.etag, lastModified: info.lastModified, size: info.size };
  for await (const chunk of store.read(object, range, { signal, ...version })) {
    if (done + chunk.byteLength > info.size) break;
    bytes.set(chunk, done);
    done += chunk.byteLength;
  }
  if (done === info.size) return { info, bytes };
  throw new TransferError('corrupt', `${store.describe(object)}: ${done} bytes came instead of ${info.size}`);
}
