import type { PartBody, SendOptions, Sums } from '../transfer/ports.ts';
import { meteredBody } from './body.ts';
import type { Signs } from './call.ts';
import type { ChecksumMode } from './capabilities.ts';
import { checksumField, type HeaderAlgorithm } from './object-info.ts';
import { base64Of } from './wire.ts';

/** The slowest upload that is still waited for, once its last byte was handed over. */
const SLOWEST_UPLOAD_BYTES_PER_MS = 64;

function checksumHeaders(mode: ChecksumMode, algorithm: HeaderAlgorithm, sums: Sums): object {
  if (mode === 'header') return checksumField(algorithm, sums);
  return mode === 'content-md5' && sums.md5 ? { ContentMD5: base64Of(sums.md5) } : {};
}

/** The body of one attempt, with what proves it on its way. */
export function sending(
  mode: ChecksumMode,
  algorithm: HeaderAlgorithm,
  body: PartBody,
  options: SendOptions,
  signs: Signs,
  readTimeoutMs: number,
): object {
  const onBytes = (total: number): void => {
    // What is handed over may still fill the buffers of a slow line.
    if (total === body.size) signs.allow(readTimeoutMs + body.size / SLOWEST_UPLOAD_BYTES_PER_MS);
    else signs.alive();
    options.onBytes?.(total);
  };
  return {
    ...checksumHeaders(mode, algorithm, body.sums),
    ContentLength: body.size,
    Body: body.size === 0 ? '' : meteredBody(body, onBytes, options, signs),
  };
}
