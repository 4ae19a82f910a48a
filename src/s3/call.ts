import type { S3Client } from '@aws-sdk/client-s3';
import { type Recovery, throwIfAborted, type TransferError } from '../transfer/errors.ts';
import { asTransferError, notLikeS3, refused } from './errors.ts';
import type { Caller } from './caller.ts';
import { collectBody, isHtml, MAX_DOCUMENT_BYTES, mendDates, vetXml } from './answer.ts';
import { watch, type Watchdog, type WatchOptions } from './watchdog.ts';

/** Waiting for an answer this long without a byte is not worth it. */
const ANSWER_LIMIT_MS = 60_000;
export const LIST_LIMIT_MS = 30_000;
/** AWS may take minutes to put ten thousand parts together. */
export const COMPLETE_LIMIT_MS = 600_000;

export type CallOptions = {
  readonly signal: AbortSignal;
  /** Names the request in errors: "put s3://b/k". */
  readonly what: string;
  /** Milliseconds without a sign of life. */
  readonly limitMs?: number;
  /** A body that comes slower is given up. */
  readonly slowest?: WatchOptions['slowest'];
  /** `x-amz-content-sha256`; left to the SDK when not given. */
  readonly payloadHash?: string | undefined;
  /** The elements a good XML answer may begin with; none for an answer without a document. */
  readonly roots?: readonly string[];
  /** How large the document may be. @default 1 MiB */
  readonly maxBytes?: number;
  /** Leaves the body of a good answer unread: the caller streams it. */
  readonly streams?: boolean;
  /** Given the document of a good answer as it came. */
  readonly onDocument?: (text: string) => void;
  /** Whether an answer that makes no sense is worth repeating. @default 'again', but 'never' for a web page */
  readonly nonsense?: Recovery;
};

/** What the wire said beside the parsed output. */
export type Seen = { readonly headers: Readonly<Record<string, string>>; readonly status: number };

type Command = Parameters<S3Client['send']>[0];

/** A request whose good answer has begun; it is watched until `stop`. */
export type OpenCall<Output> = {
  readonly output: Output;
  readonly seen: Seen;
  /** Something moved, perhaps so many bytes. */
  alive(bytes?: number): void;
  /** This side is busy: nobody waits for the server. */
  pause(): void;
  /** What an error while reading on really means. */
  explain(error: unknown): TransferError;
  stop(): void;
};

/** For bodies to say that they move, that this side holds them back, and that all of them is handed over. */
export type Signs = Pick<Watchdog, 'alive' | 'allow' | 'pause'>;

/** Makes the command of one attempt. */
export type MakeCommand = (signs: Signs) => object;

/**
 * Sends one command once and checks what came back before the SDK believes it: status, error documents under
 * a good status, web pages, oversized or hostile XML (a call of the SDK that resolves is not yet a success).
 */
export async function open<Output extends object>(
  caller: Caller,
  make: MakeCommand,
  options: CallOptions,
): Promise<OpenCall<Output>> {
  const { what, signal } = options;
  const { limitMs = ANSWER_LIMIT_MS, slowest } = options;
  const dog = watch(signal, { what, limitMs, slowest });
  const startedAt = Date.now();
  let seen: Seen | undefined;
  // The watchdog's reason, or the caller's, beats what the SDK made of it.
  const explain = (error: unknown): TransferError =>
    asTransferError(what, error, signal.aborted ? signal : dog.signal, seen !== undefined);
  try {
    throwIfAborted(signal);
    const command = asCommand(make(dog));
    inspect(command, options, (answer) => {
      seen = answer;
      dog.alive();
    });
    const output: unknown = await caller.client.send(command, { abortSignal: dog.signal });
    if (!isOutput<Output>(output) || !seen) throw notLikeS3(what, 'no answer');
    return { output, seen, explain, alive: dog.alive, pause: dog.pause, stop: dog.stop };
  } catch (error) {
    dog.stop();
    throw await caller.reconsider(explain(error), seen?.headers ?? {}, startedAt);
  }
}

/** Sends one command whose answer is a document or nothing, and reads the result out of it. */
export async function call<Output extends object, Result>(
  caller: Caller,
  make: MakeCommand,
  options: CallOptions,
  resultOf: (output: Output, seen: Seen) => Result,
): Promise<Result> {
  const { output, seen, stop } = await open<Output>(caller, make, options);
  stop();
  return resultOf(output, seen);
}

/** The SDK types `send` by overload for each command; at this border one shape is enough. */
function asCommand(command: object): Command {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every command of client-s3 is one
  return command as Command;
}

function isOutput<Output extends object>(output: unknown): output is Output {
  return typeof output === 'object' && output !== null;
}

/** Hangs our eyes into one command: the headers that go out, the answer before it is parsed. */
function inspect(command: Command, options: CallOptions, onAnswer: (seen: Seen) => void): void {
  const { payloadHash } = options;
  if (payloadHash !== undefined) {
    command.middlewareStack.add(
      (next) => async (args) => {
        if (hasHeaders(args.request)) args.request.headers['x-amz-content-sha256'] = payloadHash;
        return next(args);
      },
      { step: 'build', name: 'partwisePayloadHash' },
    );
  }
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (!isResponse(result.response)) throw notLikeS3(options.what, 'no HTTP answer');
      await checkAnswer(result.response, options, onAnswer);
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'partwiseAnswer' },
  );
}

type Response = { statusCode: number; headers: Record<string, string>; body: unknown };

export function hasHeaders(request: unknown): request is { headers: Record<string, string> } {
  return typeof request === 'object' && request !== null && 'headers' in request;
}

function isResponse(response: unknown): response is Response {
  return hasHeaders(response) && 'statusCode' in response && 'body' in response;
}

async function checkAnswer(
  response: Response,
  options: CallOptions,
  onAnswer: (seen: Seen) => void,
): Promise<void> {
  const { what, roots } = options;
  const { statusCode: status, headers } = response;
  const good = status >= 200 && status < 300;
  onAnswer({ status, headers });
  if (good && options.streams) return;
  const text = await collectBody(response.body, what, options.maxBytes ?? MAX_DOCUMENT_BYTES);
  response.body = new TextEncoder().encode(text);
  if (!good) throw refusalOf(what, status, headers, text);
  if (isHtml(text, headers)) throw notLikeS3(what, 'it sent a web page', options.nonsense ?? 'never');
  if (roots === undefined) return;
  vetXml(text, roots, what, options.nonsense ?? 'again', (document) =>
    refusalOf(what, 500, headers, document),
  );
  options.onDocument?.(text);
  response.body = new TextEncoder().encode(mendDates(text));
}

/** Reads the error document ourselves: the SDK makes "UnknownError" of what it does not expect. */
function refusalOf(
  what: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): Error {
  const code = elementOf(text, 'Code');
  return refused(what, {
    // An error document under a good status says by its code alone what it means.
    status: status === 500 && code === 'AccessDenied' ? 403 : status,
    code,
    message: elementOf(text, 'Message'),
    requestId: headers['x-amz-request-id'] ?? (elementOf(text, 'RequestId') || undefined),
    headers,
    isHtml: isHtml(text, headers),
  });
}

function elementOf(xml: string, name: string): string {
  const start = xml.indexOf(`<${name}>`);
  const end = xml.indexOf(`</${name}>`, start);
  if (start === -1 || end === -1) return '';
  return decodeEntities(
    xml
      .slice(start + name.length + 2, end)
      .trim()
      .slice(0, 500),
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

function decodeEntities(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
