import { TransferError } from '../transfer/errors.ts';
import type { TransferEvent } from '../transfer/events.ts';
import { ExitCode } from './exit-codes.ts';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
type SignalName = (typeof SIGNALS)[number];
/** After a signal the program tidies up for five seconds at most. */
const LAST_MOMENT_MS = 6_000;
/** 128 and the number of the signal. */
const EXIT_CODES: Readonly<Record<SignalName, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The signals of one command: the first asks it to stop, the second ends it at once. */
export type Interrupt = {
  readonly signal: AbortSignal;
  /** The exit code that a signal or a mistake of the program asks for; `undefined` when none came. */
  exitCode(): number | undefined;
  /** Stops the command for another reason. */
  stop(reason: TransferError): void;
  /** Remembers which uploads are open, for the last words. */
  watch(event: TransferEvent): void;
  release(): void;
};

/** Where an error ends up that nobody caught: it must be said, and still nothing left behind unsaid. */
const UNCAUGHT = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Listens from now on, before the first request is made: to signals, and to mistakes of the program itself, after
 * which it tidies up in the same way.
 */
export function listenForSignals(
  process: NodeJS.Process,
  say: {
    readonly warn: (sentence: string) => void;
    readonly error: (error: unknown) => void;
    readonly suspend: () => void;
    readonly stop: () => void;
  },
): Interrupt {
  const controller = new AbortController();
  const targets = new Map<string, string>();
  const open = new Map<string, string>();
  let exitCode: number | undefined;

  const stopWith = (code: number, why: string): void => {
    exitCode = code;
    controller.abort(new TransferError('interrupted', why));
    // What hangs in the system (a FIFO without a reader, a dead network mount) must not hold the program.
    setTimeout(() => endNow(code), LAST_MOMENT_MS).unref();
  };
  const onSignal = (name: SignalName): void => {
    if (exitCode !== undefined) return endNow(EXIT_CODES[name]);
    say.warn(`${name}: stopping; once more ends at once`);
    stopWith(EXIT_CODES[name], `interrupted by ${name}`);
  };
  const onUncaught = (error: unknown): void => {
    // One mistake makes others while the program tidies up; the first is the one to report.
    if (exitCode === ExitCode.internal) return;
    say.error(error instanceof TransferError ? new Error(error.message, { cause: error }) : error);
    stopWith(ExitCode.internal, 'stopped by an internal error');
  };
  const endNow = (code: number): void => {
    // The cursor and line wrap may be off while bars are drawn.
    if (process.stderr.isTTY) process.stderr.write('\x1B[?25h\x1B[?7h\n');
    // Bars keep lines for their next frame; there is none.
    say.stop();
    for (const [uploadId, target] of open) say.warn(`left behind: ${target} upload ${uploadId}`);
    process.exit(code);
  };
  // Ctrl-Z: the shell gets its cursor back, then the program stops in earnest; requests that broke are repeated.
  const onTerminalStop = (): void => {
    say.suspend();
    process.kill(process.pid, 'SIGSTOP');
  };
  const canStop = process.platform !== 'win32';
  if (canStop) process.on('SIGTSTP', onTerminalStop);
  const handlers = SIGNALS.map((name) => ({
    name,
    handler: () => onSignal(name),
  }));
  for (const { name, handler } of handlers) process.on(name, handler);
  for (const name of UNCAUGHT) process.on(name, onUncaught);
  return {
    signal: controller.signal,
    exitCode: () => exitCode,
    stop: (reason) => controller.abort(reason),
    watch(event) {
      if (event.type === 'transfer.planned') targets.set(event.transfer, event.to);
      if (event.type === 'transfer.done' || event.type === 'transfer.stopped') targets.delete(event.transfer);
      if (event.type === 'upload.begun') open.set(event.uploadId, targets.get(event.transfer) ?? '');
      if (event.type === 'upload.over') open.delete(event.uploadId);
    },
    release() {
      for (const { name, handler } of handlers) process.off(name, handler);
      for (const name of UNCAUGHT) process.off(name, onUncaught);
      if (canStop) process.off('SIGTSTP', onTerminalStop);
    },
  };
}
