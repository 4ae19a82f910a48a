import { TransferError } from '../transfer/errors.ts';

const SENTENCES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ENOENT: 'no such file or directory',
    EACCES: 'permission denied',
    EPERM: 'operation not permitted',
    ENOSPC: 'no space left on the device',
    EDQUOT: 'the disk quota is used up',
    EISDIR: 'is a directory',
    ENOTDIR: 'a part of the path is not a directory',
    EMFILE: 'too many open files',
    ENFILE: 'too many open files',
    EROFS: 'the file system is read-only',
    EIO: 'the device reported an error',
    EPIPE: 'the reader went away',
    ENAMETOOLONG: 'the name is too long',
    ELOOP: 'too many symbolic links',
    EFBIG: 'the file is too large for this file system',
  }),
);

/** The system's code of an error (`ENOSPC`), if it has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A failure of the local machine as a sentence: what failed, where, and why. */
export function diskError(doing: string, error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const code = codeOf(error);
  const why = SENTENCES.get(code ?? '') ?? (error instanceof Error ? error.message : String(error));
  return new TransferError('disk', `cannot ${doing}: ${why}`, { cause: error, code });
}
