import { detailsOf, TransferError } from '../transfer/errors.ts';
import type { Range } from '../transfer/ports.ts';
import { checkRange, type PinnedVersion } from './answer.ts';
import { unquote } from './encoding.ts';
import { notLikeS3 } from './errors.ts';
import type { OpenCall } from './supervise.ts';

/** The answer to a ranged read. */
export type RangeOutput = {
  readonly Body?: unknown;
  readonly ContentRange?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentType?: string | undefined;
  readonly ETag?: string | undefined;
};

/** For requests whose answer is streamed: one that drips a byte a minute is alive, but no use. */
export const LIMITS = { slowest: { bytesPerSecond: 1_000, windowMs: 60_000 }, streams: true } as const;

/** HTTP ranges are inclusive; everything else here is half-open. */
export function rangeHeader({ start, end }: Range): string {
  return `bytes=${start}-${end - 1}`;
}

/** Streams one range of one version of an object; leaving early closes the connection. */
export async function* readRange(
  what: string,
  range: Range,
  version: PinnedVersion,
  open: () => Promise<OpenCall<RangeOutput>>,
): AsyncGenerator<Uint8Array> {
  const length = range.end - range.start;
  const opened = await open().catch((error: unknown) => Promise.reject(asChanged(error, what)));
  const { output, seen } = opened;
  const body: unknown = output.Body;
  try {
    const { skip, more } = checkRange(what, range, version, {
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

export function isByteStream(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

export function isDestroyable(body: unknown): body is { destroy(): void } {
  return typeof body === 'object' && body !== null && 'destroy' in body && typeof body.destroy === 'function';
}
