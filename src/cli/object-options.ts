import { contentTypeOf } from '../local/content-type.ts';
import type { ObjectOptions } from '../transfer/object-options.ts';
import type { ObjectFlags } from './object-flags.ts';

/**
 * The options of one object from the flags, its name, and what is kept of its file.
 * @throws TransferError `usage` for flags that contradict each other
 */
export function objectOptions(
  flags: ObjectFlags,
  name: string,
  kept: ReadonlyMap<string, string> = new Map(),
): ObjectOptions {
  const { metadata = new Map<string, string>(), overwrite, ifMatch } = flags;
  return {
    contentType: flags.contentType ?? contentTypeOf(name),
    cacheControl: flags.cacheControl,
    contentEncoding: flags.contentEncoding,
    contentDisposition: flags.contentDisposition,
    contentLanguage: flags.contentLanguage,
    expires: flags.expires,
    // What is said by name beats what is kept of the file.
    metadata: new Map([...kept, ...metadata]),
    tags: flags.tag,
    acl: flags.acl,
    storageClass: flags.storageClass,
    encryption: encryptionOf(flags),
    ...(overwrite === false && { condition: { type: 'absent' } }),
    ...(ifMatch !== undefined && { condition: { type: 'match', etag: ifMatch } }),
  };
}

function encryptionOf({ sse, sseKmsKeyId }: ObjectFlags): ObjectOptions['encryption'] {
  if (sse === 'aws:kms' || sseKmsKeyId !== undefined) return { type: 'kms', keyId: sseKmsKeyId };
  return sse === 'AES256' ? { type: 's3' } : undefined;
}
