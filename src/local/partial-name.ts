import { randomUUID } from 'node:crypto';

const MAX_NAME_BYTES = 255;
/** `.12345678.part` */
const SUFFIX_BYTES = 14;

/** Names of files in which bytes are gathered before they take their own name. */
export const PARTIAL_NAME = /^\..*\.[0-9a-f]{8}\.(?:part|name)$/s;

/** `.<name>.<8 hex>.part`, the name cut so that the whole fits what file systems allow. */
export function partialName(name: string): string {
  return `.${stemOf(name)}.${randomUUID().slice(0, 8)}.part`;
}

/** What a partial file is called while its name is being taken: `.name` instead of `.part`, of the same length. */
export function claimName(partial: string): string {
  return partial.replace(/\.part$/, '.name');
}

/** Whether a file is a claim to this very name. */
export function isClaimTo(name: string, file: string): boolean {
  const start = `.${stemOf(name)}.`;
  return file.startsWith(start) && /^[0-9a-f]{8}\.name$/.test(file.slice(start.length));
}

function stemOf(name: string): string {
  // A cut through a character would leave bytes that are no name on some file systems.
  return Buffer.from(name)
    .subarray(0, MAX_NAME_BYTES - SUFFIX_BYTES - 1)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
}
