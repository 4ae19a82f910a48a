import type { Algorithm } from '../transfer/ports.ts';
import { detailsOf, TransferError } from '../transfer/errors.ts';
import { CHECKSUMS, type HeaderAlgorithm } from './object-info.ts';

/** How a body's checksum may be sent: S3's own header, the old Content-MD5, or not at all. */
export type ChecksumMode = 'header' | 'content-md5' | 'none';

/** Which checksum goes with every body; `auto`: CRC32, stepped down where a server does not take it. */
export type ChecksumChoice = 'auto' | HeaderAlgorithm | 'md5' | 'none';

/** What is known of an endpoint from earlier runs. */
export type EndpointKnowledge = {
  /** How checksums of bodies are sent. */
  readonly checksums?: ChecksumMode | undefined;
  /** `false`: asking for the checksums of objects is refused. */
  readonly readsChecksums?: boolean | undefined;
  /** `false`: Complete is refused when it names the size of the object. */
  readonly takesObjectSize?: boolean | undefined;
};

/** What an endpoint can do, learned from its answers; one for each endpoint and run. */
export type Capabilities = {
  readonly checksums: ChecksumMode;
  /** The algorithm of the checksum header, when there is one. */
  readonly algorithm: HeaderAlgorithm;
  /** Sums that a body needs for the way it is sent now. */
  readonly wantedSums: readonly Algorithm[];
  /**
   * Looks at a refusal: when it is about checksums, chooses another way to send them and returns the error as one
   * that is worth repeating. `wasSent` is false when the request lacked the checksum that `mode` asks for, so that the
   * refusal says nothing of it.
   */
  learn(error: unknown, mode: ChecksumMode, wasSent: boolean): unknown;
  /**
   * A body that was sent so was taken: only now is a step down worth remembering. The refusal alone is the word of
   * anybody on the way.
   */
  confirm(mode: ChecksumMode): void;
  /** Whether the checksums of objects are asked for. */
  readonly readsChecksums: boolean;
  /** The same for a refusal of a request that asked for them. */
  learnReading(error: unknown): unknown;
  /** A request that did not ask for them was answered. */
  confirmReading(): void;
  /** Whether Complete names the size of the object. */
  readonly takesObjectSize: boolean;
  /** A Complete that named it was refused, and one that did not was taken. */
  leaveObjectSizeOut(): void;
  /** Which version of the request lists objects. */
  readonly listing: 'v2' | 'v1';
  /** The second version turned out not to work at this endpoint; `because` begins the sentence that says so. */
  listByV1(because: string): void;
};

/** Reads what was remembered; what makes no sense is not known. */
export function knowledgeOf(fields: ReadonlyMap<string, unknown>): EndpointKnowledge {
  const checksums = fields.get('checksums');
  return {
    ...(checksums === 'content-md5' || checksums === 'none' ? { checksums } : {}),
    ...(fields.get('readsChecksums') === false && { readsChecksums: false }),
    ...(fields.get('takesObjectSize') === false && { takesObjectSize: false }),
  };
}

const STEP_DOWN: Readonly<Record<ChecksumMode, ChecksumMode | undefined>> = {
  header: 'content-md5',
  'content-md5': 'none',
  none: undefined,
};
const WORDS: Readonly<Record<ChecksumMode, string>> = {
  header: 'checksum headers',
  'content-md5': 'Content-MD5',
  none: 'no checksum',
};
/** What B2, OVH, old Ceph and others say of headers they do not know. */
const ABOUT_CHECKSUMS =
  /checksum|x-amz-sdk|content-?md5|unsupported header|header .*(?:not|un)\s?(?:supported|implemented)/i;

/** What AWS and others say to a request without the checksum they want, as for a bucket with Object Lock. */
const REQUIRED = /requir|missing|must (?:be|have)/i;

export type CapabilitiesOptions = {
  readonly signsPayload: boolean;
  /** @default 'auto' */
  readonly checksum?: ChecksumChoice | undefined;
  /** @default nothing: the endpoint is tried with everything */
  readonly known?: EndpointKnowledge | undefined;
  /** Whether the checksums of objects are asked for, where that is not known. @default true */
  readonly asksChecksums?: boolean | undefined;
  /** Told once for each step. */
  readonly onNotice: (sentence: string) => void;
  /** Told what only those want to know who ask for details. */
  readonly onDetail?: ((sentence: string) => void) | undefined;
  /** Told what is worth knowing in the next run. */
  readonly onLearned?: ((knowledge: EndpointKnowledge) => void) | undefined;
};

/** What is known of an endpoint now, and how more is learned. */
export function createCapabilities(options: CapabilitiesOptions): Capabilities {
  const { checksum = 'auto' } = options;
  const isChosen = checksum !== 'auto';
  const algorithm = isHeaderAlgorithm(checksum) ? checksum : 'crc32';
  let checksums = isChosen ? modeOf(checksum) : (options.known?.checksums ?? 'header');
  // Whoever wants none, or MD5, has a server in mind that knows of no others.
  const asks = (options.asksChecksums ?? true) && checksum !== 'md5' && checksum !== 'none';
  let readsChecksums = options.known?.readsChecksums ?? asks;
  let takesObjectSize = options.known?.takesObjectSize ?? true;
  // What the user chose is no property of the endpoint.
  let knowledge = options.known ?? {};
  const know = (learned: EndpointKnowledge): void => {
    knowledge = { ...knowledge, ...learned };
    options.onLearned?.(knowledge);
  };
  /** The ways that were refused in this run. */
  const refused = new Set<ChecksumMode>();
  /** What was stepped down to, and has not worked yet. */
  let unproven: { checksums?: ChecksumMode | undefined; reading?: boolean } = {};
  let listing: Capabilities['listing'] = 'v2';
  const signing: readonly Algorithm[] = options.signsPayload ? ['sha256'] : [];
  const sums: Readonly<Record<ChecksumMode, readonly Algorithm[]>> = {
    header: [algorithm],
    'content-md5': ['md5'],
    none: [],
  };
  return {
    get checksums() {
      return checksums;
    },
    algorithm,
    get wantedSums() {
      return [...new Set([...sums[checksums], ...signing])];
    },
    get takesObjectSize() {
      return takesObjectSize;
    },
    leaveObjectSizeOut() {
      if (!takesObjectSize) return;
      takesObjectSize = false;
      options.onDetail?.(
        'the server does not take the size of the object with Complete; left out from here on',
      );
      know({ takesObjectSize: false });
    },
    get listing() {
      return listing;
    },
    listByV1(because) {
      if (listing === 'v1') return;
      listing = 'v1';
      options.onNotice(`${because}; listing by version 1 from here on`);
    },
    learn(error, mode, wasSent) {
      if (!(error instanceof TransferError) || !isAboutChecksums(error)) return error;
      // What was asked for by name is not quietly left out.
      if (isChosen) return notTaken(error, checksum);
      if (!wasSent) return atOnce(error);
      refused.add(mode);
      // What an endpoint takes without a checksum in one bucket, a bucket with Object Lock refuses.
      const isRequired = REQUIRED.test(error.message);
      const next = mode === 'none' && isRequired ? 'content-md5' : STEP_DOWN[mode];
      if (next === undefined || refused.has(next)) return error;
      // Several requests may have been under way with the old mode; only the first steps down.
      if (checksums === mode) {
        checksums = next;
        const why = isRequired ? 'requires another checksum' : `does not take ${WORDS[mode]}`;
        options.onNotice(`the server ${why}; using ${WORDS[next]} from here on`);
        unproven = { ...unproven, checksums };
      }
      return atOnce(error);
    },
    confirm(mode) {
      if (unproven.checksums !== mode) return;
      unproven = { ...unproven, checksums: undefined };
      know({ checksums: mode });
    },
    get readsChecksums() {
      return readsChecksums;
    },
    learnReading(error) {
      if (!(error instanceof TransferError) || !readsChecksums || !isAboutChecksums(error)) return error;
      readsChecksums = false;
      unproven = { ...unproven, reading: true };
      return atOnce(error);
    },
    confirmReading() {
      if (unproven.reading !== true) return;
      unproven = { ...unproven, reading: false };
      know({ readsChecksums: false });
    },
  };
}

/** The same request, made another way now, is worth sending at once. */
function atOnce(error: TransferError): TransferError {
  return new TransferError(error.kind, error.message, { ...detailsOf(error), recovery: 'at-once' });
}

function isHeaderAlgorithm(choice: ChecksumChoice): choice is HeaderAlgorithm {
  return Object.hasOwn(CHECKSUMS, choice);
}

function modeOf(choice: Exclude<ChecksumChoice, 'auto'>): ChecksumMode {
  if (choice === 'md5') return 'content-md5';
  return choice === 'none' ? 'none' : 'header';
}

function notTaken(error: TransferError, choice: ChecksumChoice): TransferError {
  return new TransferError(error.kind, error.message, {
    ...detailsOf(error),
    recovery: 'never',
    hint: `This server may not take ${choice} checksums; leave --checksum-algorithm out to have one found that it takes.`,
  });
}

function isAboutChecksums(error: TransferError): boolean {
  // An upload that was begun without checksums, or with others, says nothing of what the server takes.
  if (/type mismatch/i.test(error.message)) return false;
  if ((error.status !== 400 && error.status !== 501) || error.kind === 'corrupt') return false;
  // Without a reason only "not implemented" can mean the headers: a bare 400 to HEAD is an expired token as often.
  return error.code === undefined ? error.status === 501 : ABOUT_CHECKSUMS.test(error.message);
}
