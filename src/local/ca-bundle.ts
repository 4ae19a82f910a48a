import { readFile } from 'node:fs/promises';
import { TransferError } from '../transfer/errors.ts';
import { diskError } from './disk-error.ts';

/**
 * The certificates of authorities in a PEM file; they replace the machine's own list, as in the AWS tools.
 * @throws TransferError `disk` when it cannot be read, `usage` when it holds no certificate
 */
export async function readCaBundle(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    Promise.reject(diskError(`read the CA bundle ${path}`, error)),
  );
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new TransferError('usage', `the CA bundle ${path} holds no certificate in PEM form`);
}
