import type { Engine } from './engine.ts';
import { UnprovenError } from './errors.ts';
import { isEncryptedAs, type ObjectOptions } from './object-options.ts';
import type { ObjectLocation } from './ports.ts';
import { withRetries } from './retry.ts';
import type { Settled } from './settle.ts';

/**
 * Looks whether the object that was stored is encrypted as was asked. Some servers take that header and do nothing: only what they
 * tell of the object shows it.
 * @throws UnprovenError `unsupported`
 */
export async function checkEncryption(
  engine: Engine,
  target: ObjectLocation,
  { versionId }: Pick<Settled, 'versionId'>,
  asked: ObjectOptions['encryption'],
  signal: AbortSignal,
): Promise<void> {
  if (!asked) return;
  const { store, run } = engine;
  // Just the version that was stored: another writer may have come meanwhile.
  const object = { ...target, versionId: versionId ?? undefined };
  const { encryption } = await withRetries(run, { signal }, () => store.stat(object, { signal }));
  if (isEncryptedAs(encryption, asked)) return;
  const found = encryption ? 'with another key' : 'without encryption';
  throw new UnprovenError(
    'unsupported',
    `${store.describe(object)} is stored ${found}: the server ignored what was asked for`,
    { hint: 'Delete the object if nobody else may read it; ask for what the server can do, or for nothing.' },
  );
}
