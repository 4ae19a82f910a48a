import type { Writable } from 'node:stream';
import { chooseRenderer } from '../report/choose.ts';
import { createMask } from '../report/redact.ts';
import { describeResult, encodeResult, encodeSummary, type Result } from '../report/results.ts';
import { showText } from '../report/text.ts';
import { TransferError } from '../transfer/errors.ts';
import type { Emit } from '../transfer/events.ts';
import { describeError, jsonError } from './explain.ts';
import type { GlobalFlags } from './flags.ts';

/** Everything a command says: data and results on stdout, all else on stderr. */
export type Console = {
  readonly emit: Emit;
  readonly isJson: boolean;
  /** A line of data or of results; resolves when the reader has taken it. */
  data(line: string, end?: string): Promise<void>;
  /** Many lines of data, each with its end; resolves when the reader has taken them. */
  lines(lines: readonly string[], end: string): Promise<void>;
  /** What was done with one item: hidden by `-q`, but for programs. */
  item(line: string): Promise<void>;
  /** What came of one item of put or get. */
  result(result: Result): Promise<void>;
  /** The closing line of a command for people; programs get theirs from `finish`. */
  summary(sentence: string): Promise<void>;
  /** A sentence for whoever watches; silent with `-q`. */
  note(sentence: string): void;
  /** What was decided; only with `-v`. */
  detail(sentence: string): void;
  /** A line to be copied as it is: its author has made it safe. */
  verbatim(line: string): void;
  /** What must not be missed, even with `-q`. */
  warn(sentence: string): void;
  error(error: unknown): void;
  /** Ends the output: the summary line for programs. */
  finish(exitCode: number, error: unknown, totals: Totals): Promise<void>;
  /** From now on stdout carries an object: results go to stderr. */
  stdoutIsData(): void;
  /** Without a reader of stdout there is nothing to do: when it goes away, the command stops. */
  needsReader(): void;
  /** Why results could not be written; a reader that had seen enough is no reason. */
  lost(): TransferError | undefined;
  /** Values that must never be shown. */
  hide(secret: string): void;
  /** The terminal is about to stop the program. */
  suspend(): void;
  stop(): void;
};

export type Totals = Readonly<Record<string, number | string | null>>;

export type ConsoleOptions = {
  readonly flags: GlobalFlags;
  readonly stdout: Writable & { isTTY?: boolean };
  readonly stderr: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The reader of stdout went away. */
  readonly onReaderGone: (error: TransferError) => void;
};

/** A write for each would cost more than the lines themselves; all of a page at once would wait for slow readers twice. */
const LINES_AT_ONCE = 500;

/** Opens the console of one command. */
export async function openConsole(options: ConsoleOptions): Promise<Console> {
  const { flags, stdout, stderr } = options;
  const isJson = flags.json === true;
  const isQuiet = flags.quiet === true;
  const secrets: string[] = [];
  const renderer = await chooseRenderer({
    mode: flags.progress ?? 'auto',
    out: stderr,
    env: options.env,
    quiet: isQuiet,
    now: Date.now,
    secrets,
  });
  const mask = createMask(secrets);
  let results = stdout;
  let broken: TransferError | undefined;
  let mustBeRead = false;

  const onBroken = (error: Error & { code?: string }): void => {
    if (broken) return;
    broken = new TransferError(
      'disk',
      error.code === 'EPIPE' ? 'the reader went away' : `cannot write to stdout: ${error.message}`,
      {
        cause: error,
        code: error.code,
      },
    );
    if (mustBeRead) options.onReaderGone(broken);
  };
  stdout.on('error', onBroken);
  // Whoever closed stderr does not want to hear; the work goes on.
  stderr.on('error', () => undefined);

  const say = (sentence: string, kind: 'message' | 'warning' | 'error'): void =>
    renderer.log(showText(sentence, secrets), kind);
  const write = async (text: string): Promise<void> => {
    if (broken && mustBeRead) throw broken;
    // The work goes on without those who have stopped listening to its results.
    if (broken) return;
    if (!results.write(mask(text))) await drained(results);
  };
  const isShared = (): boolean => {
    // Bars and results on the same terminal: the bars make room. Elsewhere results have stdout to themselves; beside
    // events they are one more kind of line, not a message.
    const areEvents = isJson && flags.progress === 'json';
    return !areEvents && (results === stderr || (stdout.isTTY === true && stderr.isTTY === true));
  };
  const data = async (line: string, end = '\n'): Promise<void> => {
    if (isShared()) renderer.log(mask(line));
    else await write(line + end);
  };
  return {
    emit: renderer.emit,
    isJson,
    data,
    async lines(lines, end) {
      if (isShared()) return lines.forEach((line) => renderer.log(mask(line)));
      for (let at = 0; at < lines.length; at += LINES_AT_ONCE)
        await write(lines.slice(at, at + LINES_AT_ONCE).join(end) + end);
    },
    async item(line) {
      if (isJson || !isQuiet) await data(line);
    },
    async result(result) {
      if (isJson) await data(encodeResult(result, { secrets }));
      else if (!isQuiet && (result.status === 'done' || result.status === 'skipped'))
        await data(describeResult(result, { secrets }));
    },
    async summary(sentence) {
      if (!isJson && !isQuiet) await data(sentence);
    },
    note: (sentence) => void (isQuiet || say(sentence, 'message')),
    detail: (sentence) => void ((flags.verbose ?? 0) > 0 && say(sentence, 'message')),
    verbatim: (line) => renderer.log(mask(line), 'warning'),
    warn: (sentence) => say(sentence, 'warning'),
    error(error) {
      say(describeError(error), 'error');
      if (flags.debug && error instanceof Error) for (const line of stackOf(error)) say(line, 'error');
    },
    async finish(exitCode, error, totals) {
      renderer.stop();
      if (isJson)
        await data(encodeSummary({ exitCode, error: jsonError(error), totals }, { secrets })).catch(
          () => undefined,
        );
    },
    stdoutIsData() {
      results = stderr;
    },
    needsReader() {
      mustBeRead = true;
    },
    lost: () => (broken?.code === 'EPIPE' ? undefined : broken),
    hide: (secret) => void secrets.push(secret),
    suspend: () => renderer.suspend(),
    stop: () => renderer.stop(),
  };
}

/** Waits for room; a stream that breaks meanwhile is reported by its own listener. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
}

function stackOf(error: Error): string[] {
  const stack = (error.stack ?? '').split('\n');
  return error.cause instanceof Error ? [...stack, 'caused by:', ...stackOf(error.cause)] : stack;
}
