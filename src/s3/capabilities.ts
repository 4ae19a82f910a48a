import type { Algorithm } from '../transfer/ports.ts';
import { detailsOf, TransferError } from '../transfer/errors.ts';

/** How a body's checksum may be sent: S3's own header, the old Content-MD5, or not at all. */
export type ChecksumMode = 'header' | 'content-md5' | 'none';

/** What an endpoint can do, learned from its answers; one for each endpoint and run. */
export type Capabilities = {
  readonly checksums: ChecksumMode;
  /** Sums that a body needs for the way it is sent now. */
  readonly wantedSums: readonly Algorithm[];
  /**
   * Looks at a refusal: when it is the checksum headers that the server does not take, steps down and returns
   * the error as one that is worth repeating.
   */
  learn(error: unknown, mode: ChecksumMode): unknown;
};

const STEP_DOWN: Readonly<Record<ChecksumMode, ChecksumMode | undefined>> = {
  header: 'content-md5',
  'content-md5': 'none',
  none: undefined,
};
const SUMS: Readonly<Record<ChecksumMode, readonly Algorithm[]>> = {
  header: ['crc32'],
  'content-md5': ['md5'],
  none: [],
};
const WORDS: Readonly<Record<ChecksumMode, string>> = {
  header: 'checksum headers',
  'content-md5': 'Content-MD5',
  none: 'no checksum',
};
/** What B2, OVH, old Ceph and others say of headers they do not know. */
const ABOUT_CHECKSUMS =
  /checksum|x-amz-sdk|content-md5|unsupported header|header .*(?:not|un)\s?(?:supported|implemented)/i;

/** Nothing is known yet: the endpoint is tried with everything. */
export function createCapabilities(options: {
  readonly signsPayload: boolean;
  /** Told once for each step. */
  readonly onNotice: (sentence: string) => void;
}): Capabilities {
  let checksums: ChecksumMode = 'header';
  const signing: readonly Algorithm[] = options.signsPayload ? ['sha256'] : [];
  return {
    get checksums() {
      return checksums;
    },
    get wantedSums() {
      return [...SUMS[checksums], ...signing];
    },
    learn(error, mode) {
      if (!(error instanceof TransferError) || !isAboutChecksums(error)) return error;
      const next = STEP_DOWN[mode];
      if (next === undefined) return error;
      // Several requests may have been under way with the old mode; only the first steps down.
      if (checksums === mode) {
        checksums = next;
        options.onNotice(`the server does not take ${WORDS[mode]}; using ${WORDS[next]} from here on`);
      }
      return new TransferError(error.kind, error.message, { ...detailsOf(error), recovery: 'again' });
    },
  };
}

function isAboutChecksums(error: TransferError): boolean {
  if ((error.status !== 400 && error.status !== 501) || error.kind === 'corrupt') return false;
  // Without a reason only "not implemented" can mean the headers: a bare 400 to HEAD is an expired token as often.
  return error.code === undefined ? error.status === 501 : ABOUT_CHECKSUMS.test(error.message);
}
