import { readFile } from 'node:fs/promises';
import { TransferError } from '../transfer/errors.ts';
import { diskError } from './disk-error.ts';

/** What a PEM file is read for, and what must be in it. */
const KINDS = {
  'CA bundle': 'CERTIFICATE-----',
  'client certificate': 'CERTIFICATE-----',
  'client key': 'PRIVATE KEY-----',
} as const;

/**
 * Reads a file in PEM form.
 * @throws TransferError `disk` when it cannot be read, `usage` when what is wanted is not in it
 */
export async function readPem(path: string, kind: keyof typeof KINDS): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    Promise.reject(diskError(`read the ${kind} ${path}`, error)),
  );
  if (text.includes(KINDS[kind])) return text;
  const what = kind === 'client key' ? 'private key' : 'certificate';
  throw new TransferError('usage', `the ${kind} ${path} holds no ${what} in PEM form`);
}
