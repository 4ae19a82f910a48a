import type { PartBody, SendOptions, Sums } from '../transfer/ports.ts';
import { meteredBody } from './body.ts';
import type { Signs } from './supervise.ts';
import type { ChecksumMode } from './capabilities.ts';
import { checksumField, type HeaderAlgorithm } from './object-info.ts';
import { base64Of } from './encoding.ts';

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
  return {
    ...checksumHeaders(mode, algorithm, body.sums),
    ContentLength: body.size,
    Body:
      body.size === 0 ? '' : meteredBody(body, meterOf(body, options, signs, readTimeoutMs), options, signs),
  };
}

/** Tells the watchdog and whoever else wants to know how many bytes were handed over. */
export function meterOf(
  body: PartBody,
  { onBytes }: SendOptions,
  { alive, allow }: Signs,
  readTimeoutMs: number,
): (total: number) => void {
  return (total) => {
    // What is handed over may still fill the buffers of a slow line.
    if (total === body.size) allow(readTimeoutMs + body.size / SLOWEST_UPLOAD_BYTES_PER_MS);
    else alive();
    onBytes?.(total);
  };
}
