import type { S3Client } from '@aws-sdk/client-s3';
import { isGood, readDocument, type Seen } from './check-answer.ts';
import { notLikeS3 } from './errors.ts';
import { parseServerDate } from './server-date.ts';
import type { Session } from './session.ts';
import { type OpenCall, type Signs, supervise, type SuperviseOptions } from './supervise.ts';

export const LIST_LIMIT_MS = 30_000;

/** A client, and what can be done about its refusals. */
export type Caller = Pick<Session, 'reconsider' | 'mask'> & { readonly client: S3Client };

export type CallOptions = SuperviseOptions & {
  /** `x-amz-content-sha256`; left to the SDK when not given. */
  readonly payloadHash?: string | undefined;
};

type Command = Parameters<S3Client['send']>[0];

/** Makes the command of one attempt. */
export type MakeCommand = (signs: Signs) => object;

/**
 * Sends one command once and checks what came back before the SDK believes it (a call of the SDK that resolves is
 * not yet a success).
 */
export async function open<Output extends object>(
  caller: Caller,
  make: MakeCommand,
  given: CallOptions,
): Promise<OpenCall<Output>> {
  const options = { mask: caller.mask, ...given };
  return await supervise(caller, options, async (dog, onAnswer) => {
    const command = asCommand(make(dog));
    inspect(command, options, onAnswer);
    const output: unknown = await caller.client.send(command, { abortSignal: dog.signal });
    if (!isOutput<Output>(output)) throw notLikeS3(options.what, 'no answer');
    return output;
  });
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
      await vet(result.response, options, onAnswer);
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

/** The SDK fails the whole answer for a date that is not written as HTTP has it; one that is none is left out. */
function mendLastModified(headers: Record<string, string>): void {
  const text = headers['last-modified'];
  const time = text === undefined ? undefined : parseServerDate(text);
  if (time !== undefined) headers['last-modified'] = new Date(time).toUTCString();
  else Reflect.deleteProperty(headers, 'last-modified');
}

async function vet(response: Response, options: CallOptions, onAnswer: (seen: Seen) => void): Promise<void> {
  const seen = { status: response.statusCode, headers: response.headers };
  onAnswer(seen);
  mendLastModified(response.headers);
  if (isGood(seen) && options.streams) return;
  response.body = new TextEncoder().encode(await readDocument(seen, response.body, options));
}
