import { readFile } from 'node:fs/promises';
import { TransferError } from '../transfer/errors.ts';
import { diskError } from './disk-error.ts';

const KEY_BYTES = 32;

/**
 * The key of SSE-C from a file: 32 bytes as they are, or written as base64 or hex.
 * @throws TransferError `disk`, `usage` when it is no such key; no message repeats any of it
 */
export async function readCustomerKey(path: string): Promise<Uint8Array> {
  const bytes = await readFile(path).catch((error: unknown) =>
    Promise.reject(diskError(`read the key ${path}`, error)),
  );
  if (bytes.byteLength === KEY_BYTES) return bytes;
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64');
  throw new TransferError('usage', `${path} holds no key of 32 bytes (as they are, or as base64 or hex)`);
}
