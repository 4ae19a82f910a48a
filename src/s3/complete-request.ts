import type { ObjectOptions } from '../transfer/object-options.ts';
import type { Receipt, Sums, UploadHandle } from '../transfer/ports.ts';
import type { HeaderAlgorithm } from './object-info.ts';

/** An upload and its parts, in order of number. */
export type CompleteRequest = {
  readonly upload: UploadHandle;
  readonly receipts: readonly Receipt[];
  readonly algorithm: HeaderAlgorithm;
  /** The checksum of the whole object that the service is to make of those of the parts, where it makes one. */
  readonly whole: Sums | undefined;
  /** Of the whole object, where the server takes it. */
  readonly size: number | undefined;
  readonly condition: ObjectOptions['condition'];
  readonly what: string;
  readonly signal: AbortSignal;
};

/** AWS may take minutes to put ten thousand parts together. */
const COMPLETE_LIMIT_MS = 600_000;

/** What a good answer is. */
export const COMPLETED = {
  limitMs: COMPLETE_LIMIT_MS,
  roots: ['CompleteMultipartUploadResult'],
  // Even an answer that makes no sense may follow the deed: only repeating or looking tells.
  nonsense: 'again',
} as const;
