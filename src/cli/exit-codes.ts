import { type ErrorKind, TransferError } from '../transfer/errors.ts';

/** What the program's end means to whoever called it (contract: Exit codes). */
export const ExitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  partial: 3,
  notFound: 4,
  denied: 5,
  network: 6,
  integrity: 7,
  local: 8,
  precondition: 9,
  stale: 10,
  internal: 70,
  readerGone: 141,
} as const;

const CODES: Readonly<Record<ErrorKind, number>> = {
  network: ExitCode.network,
  throttled: ExitCode.network,
  server: ExitCode.failed,
  unsupported: ExitCode.failed,
  denied: ExitCode.denied,
  'not-found': ExitCode.notFound,
  precondition: ExitCode.precondition,
  changed: ExitCode.integrity,
  corrupt: ExitCode.integrity,
  disk: ExitCode.local,
  locked: ExitCode.failed,
  interrupted: 130,
  usage: ExitCode.usage,
};
/** A map: a kind that is none, whatever it is called, has no code. */
const BY_KIND: ReadonlyMap<string, number> = new Map(Object.entries(CODES));

/** The code of one failure; anything but a `TransferError` is a mistake of ours. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof TransferError)) return ExitCode.internal;
  if (error.kind === 'disk' && error.code === 'EPIPE') return ExitCode.readerGone;
  return BY_KIND.get(error.kind) ?? ExitCode.internal;
}

/** Which of several causes speaks for all: a signal first, then the worst for the data. */
const ORDER: readonly number[] = [70, 7, 8, 141, 5, 9, 4, 1, 2, 6];

/** The gravest of several codes. */
export function gravest(codes: readonly number[]): number {
  const signal = codes.find((code) => code > 128 && code !== ExitCode.readerGone);
  return signal ?? ORDER.find((code) => codes.includes(code)) ?? ExitCode.ok;
}

/**
 * The code of a command over several items: all done or skipped 0, some 3, none the common code. A signal
 * speaks for all.
 */
export function exitCodeOfItems(good: number, failures: readonly number[]): number {
  if (failures.length === 0) return ExitCode.ok;
  const worst = gravest(failures);
  if (worst > 128 && worst !== ExitCode.readerGone) return worst;
  return good > 0 ? ExitCode.partial : worst;
}

/** What the process ends with: whatever is not an exit code of a process means a bug, never success. */
export function safeExitCode(code: unknown): number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 0 && code <= 255
    ? code
    : ExitCode.internal;
}
