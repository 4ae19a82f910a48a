import { safeText } from '../report/safe-text.ts';
import { TransferError } from '../transfer/errors.ts';
import type { TransferEvent } from '../transfer/events.ts';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
type SignalName = (typeof SIGNALS)[number];
/** After a signal the program tidies up for five seconds at most. */
const LAST_MOMENT_MS = 6_000;
/** 128 and the number of the signal. */
const EXIT_CODES: Readonly<Record<SignalName, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/** The signals of one command: the first asks it to stop, the second ends it at once. */
export type Interrupt = {
  readonly signal: AbortSignal;
  /** The exit code the signal asks for; `undefined` when none came. */
  exitCode(): number | undefined;
  /** Stops the command for another reason. */
  stop(reason: TransferError): void;
  /** Remembers which uploads are open, for the last words. */
  watch(event: TransferEvent): void;
  release(): void;
};

/** Listens from now on, before the first request is made. */
export function listenForSignals(process: NodeJS.Process, say: (sentence: string) => void): Interrupt {
  const controller = new AbortController();
  const targets = new Map<string, string>();
  const open = new Map<string, string>();
  let first: SignalName | undefined;

  const onSignal = (name: SignalName): void => {
    if (first === undefined) {
      first = name;
      say(`${name}: stopping; once more ends at once`);
      controller.abort(new TransferError('interrupted', `interrupted by ${name}`));
      // What hangs in the system (a FIFO without a reader, a dead network mount) must not hold the program.
      setTimeout(() => endNow(name), LAST_MOMENT_MS).unref();
      return;
    }
    endNow(name);
  };
  const endNow = (name: SignalName): void => {
    // The cursor and line wrap may be off while bars are drawn.
    if (process.stderr.isTTY) process.stderr.write('\x1B[?25h\x1B[?7h\n');
    for (const [uploadId, target] of open)
      process.stderr.write(`left behind: ${safeText(target)} upload ${safeText(uploadId)}\n`);
    process.exit(EXIT_CODES[name]);
  };
  const handlers = SIGNALS.map((name) => ({
    name,
    handler: () => onSignal(name),
  }));
  for (const { name, handler } of handlers) process.on(name, handler);
  return {
    signal: controller.signal,
    exitCode: () => first && EXIT_CODES[first],
    stop: (reason) => controller.abort(reason),
    watch(event) {
      if (event.type === 'transfer.planned') targets.set(event.transfer, event.to);
      if (event.type === 'transfer.done' || event.type === 'transfer.stopped') targets.delete(event.transfer);
      if (event.type === 'upload.begun') open.set(event.uploadId, targets.get(event.transfer) ?? '');
      if (event.type === 'upload.over') open.delete(event.uploadId);
    },
    release() {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
