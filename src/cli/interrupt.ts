import { TransferError } from '../transfer/errors.ts';
import type { TransferEvent } from '../transfer/events.ts';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
type SignalName = (typeof SIGNALS)[number];
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
  const open = new Set<string>();
  let first: SignalName | undefined;

  const onSignal = (name: SignalName): void => {
    if (first === undefined) {
      first = name;
      say(`${name}: stopping; once more ends at once`);
      controller.abort(new TransferError('interrupted', `interrupted by ${name}`));
      return;
    }
    // The cursor and line wrap may be off while bars are drawn.
    if (process.stderr.isTTY) process.stderr.write('\x1B[?25h\x1B[?7h\n');
    for (const uploadId of open) process.stderr.write(`left behind: upload ${uploadId}\n`);
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
      if (event.type === 'upload.begun') open.add(event.uploadId);
      if (event.type === 'upload.over') open.delete(event.uploadId);
    },
    release() {
      for (const { name, handler } of handlers) process.off(name, handler);
    },
  };
}
