import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { detailsOf, TransferError } from '../transfer/errors.ts';
import type { ObjectLocation, Range } from '../transfer/ports.ts';
import { checkRange } from './answer.ts';
import { open } from './call.ts';
import type { Caller } from './caller.ts';
import { notLikeS3 } from './errors.ts';
import { addressOf } from './object-info.ts';
import { quote, unquote } from './wire.ts';

export type ReadOptions = {
  readonly what: string;
  readonly signal: AbortSignal;
  readonly etag: string | undefined;
  /** Milliseconds without a byte before the answer counts as stalled. */
  readonly readTimeoutMs: number;
  /** The customer's key, as the SDK takes it. */
  readonly sealed: object;
};

/** A server that drips a byte a minute is alive, but no use: another connection may be better. */
const SLOWEST = { bytesPerSecond: 1_000, windowMs: 60_000 } as const;

/** Streams one range of one version of an object; leaving early closes the connection. */
export async function* readRange(
  caller: Caller,
  object: ObjectLocation,
  range: Range,
  options: ReadOptions,
): AsyncGenerator<Uint8Array> {
  const { what, signal, etag, readTimeoutMs, sealed } = options;
  const length = range.end - range.start;
  const make = (): object =>
    new GetObjectCommand({
      ...addressOf(object),
      ...sealed,
      // HTTP ranges are inclusive; everything else here is half-open.
      Range: `bytes=${range.start}-${range.end - 1}`,
      ...(etag && { IfMatch: quote(etag) }),
    });
  const opened = await open<GetObjectCommandOutput>(caller, make, {
    what,
    signal,
    limitMs: readTimeoutMs,
    slowest: SLOWEST,
    streams: true,
  }).catch((error: unknown) => Promise.reject(asChanged(error, what)));
  const { output, seen } = opened;
  const body: unknown = output.Body;
  try {
    const { skip, more } = checkRange(what, range, etag, {
      status: seen.status,
      contentRange: output.ContentRange,
      contentLength: output.ContentLength,
      etag: unquote(output.ETag),
      html: /^text\/html\b/i.test(output.ContentType ?? ''),
    });
    if (!isByteStream(body)) throw notLikeS3(what, 'no body');
    let passed = 0;
    for await (const chunk of body) {
      opened.alive(chunk.byteLength);
      // Only a server without ranges makes us pass over bytes, before and after the ones that were asked for.
      const from = Math.max(0, skip - passed);
      const wanted = chunk.subarray(from, Math.max(from, skip + length - passed));
      passed += chunk.byteLength;
      if (wanted.byteLength > 0) {
        opened.pause();
        yield wanted;
        opened.alive();
      }
      if (more && passed >= skip + length) break;
      // Else the answer has no end of its own, and whoever sends it may go on for ever.
      if (passed > skip + length)
        throw new TransferError(
          'corrupt',
          `${what}: the server sent more than the ${length} bytes it announced`,
        );
    }
    if (passed < skip + length)
      throw new TransferError('network', `${what}: the answer ended after ${passed} bytes`, {
        recovery: 'again',
      });
  } catch (error) {
    throw opened.explain(error);
  } finally {
    opened.stop();
    if (isDestroyable(body)) body.destroy();
  }
}

/** The condition that pins the version does not hold any more. */
function asChanged(error: unknown, what: string): unknown {
  if (!(error instanceof TransferError) || error.kind !== 'precondition') return error;
  return new TransferError('changed', `${what}: the object was replaced while it was fetched`, {
    ...detailsOf(error),
    hint: 'Run the command again to fetch the new one.',
  });
}

function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function isDestroyable(body: unknown): body is { destroy(): void } {
  return typeof body === 'object' && body !== null && 'destroy' in body && typeof body.destroy === 'function';
}
