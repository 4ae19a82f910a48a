import type { ObjectHeaders, ObjectOptions } from './object-options.ts';
import type { Part } from './plan.ts';

/** Every verb of a port takes its signal last; an aborted signal means that no request is made. */
export type Cancellable = { readonly signal: AbortSignal };

export type ObjectLocation = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
};

/** An algorithm this library can compute. Values travel as lower-case hex; base64 exists only on the wire. */
export type Algorithm = 'crc32' | 'crc32c' | 'crc64nvme' | 'sha1' | 'sha256' | 'md5';

/** Sums over the same bytes, each as lower-case hex. */
export type Sums = { readonly [algorithm in Algorithm]?: string };

/**
 * The checksums a store keeps of an object: over the whole object, or over the sums of its parts. Algorithms
 * that this library cannot compute are left out.
 */
export type StoredSums = {
  readonly type: 'full-object' | 'composite';
  readonly sums: Sums;
  /** How many parts a composite sum is made of, where the store says so. */
  readonly parts?: number | undefined;
};

/** By what the bytes were proven to have arrived; `size` alone is no proof of content. */
export type Verified = {
  readonly by: 'checksum' | 'etag' | 'size';
  readonly algorithm: Algorithm | null;
  readonly value: string | null;
};

export type ObjectInfo = {
  readonly key: string;
  readonly size: number;
  /** Without its quotes; `undefined` when the server named none. */
  readonly etag?: string | undefined;
  readonly lastModified?: Date | undefined;
  readonly versionId?: string | undefined;
  readonly storageClass?: string | undefined;
  /** By S3's name (`CRC32`); only listings tell, and not of every store. */
  readonly checksumAlgorithm?: string | undefined;
  /** Only a listing of versions tells. */
  readonly isLatest?: boolean | undefined;
  /** Only `stat` tells. */
  readonly headers?: ObjectHeaders | undefined;
  readonly stored?: StoredSums | undefined;
  /** The MD5 of the whole object as whoever stored it noted it down (rclone does), as hex. */
  readonly notedMd5?: string | undefined;
  /** How the service encrypts it with keys of its own; only `stat` tells. */
  readonly encryption?: { readonly type: 's3' | 'kms'; readonly keyId?: string | undefined } | undefined;
  /** The ETag cannot be an MD5, because the server encrypts with a key of its own (SSE-KMS, SSE-C). */
  readonly opaqueEtag?: boolean | undefined;
};

/** A small object in memory. */
export type WholeObject = { readonly info: ObjectInfo; readonly bytes: Uint8Array };

export type UploadHandle = ObjectLocation & {
  readonly uploadId: string;
  /** When it was created, by the server's clock, where that is known. */
  readonly begunAt?: Date | undefined;
};

/** The store's proof of one part: what ListParts and Complete call by the same number and ETag. */
export type Receipt = {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  /** The checksums that the store itself computed or verified, and echoed. */
  readonly sums: Sums;
  readonly opaqueEtag?: boolean | undefined;
  readonly lastModified?: Date | undefined;
};

/** What a store says it did with the bytes of a single request. */
export type PutReceipt = Omit<Receipt, 'number' | 'lastModified'> & {
  readonly versionId?: string | undefined;
};

/** An upload that was begun and neither completed nor aborted. */
export type UnfinishedUpload = UploadHandle & {
  readonly initiated: Date | undefined;
  /** The server's clock when it listed this upload. */
  readonly listedAt: Date | undefined;
  readonly storageClass?: string | undefined;
  /** The checksum the upload was begun with, by S3's name; `undefined` where the server does not tell. */
  readonly checksumAlgorithm?: string | undefined;
  readonly checksumType?: string | undefined;
};

export type BucketInfo = { readonly name: string; readonly created: Date | undefined };

/** One line of a listing: an object, or a common prefix that stands for all keys under it. */
export type ListedEntry =
  | ({ readonly type: 'object' } & ObjectInfo)
  | { readonly type: 'prefix'; readonly prefix: string };

/** One line of a listing of versions; a delete marker hides the older versions of its key. */
export type ListedVersion = ListedEntry | ({ readonly type: 'delete-marker' } & Omit<ObjectInfo, 'size'>);

/**
 * The bytes of one request: opened anew for every attempt, the same bytes each time. A piece is valid only until the
 * next is asked for.
 */
export type PartBody = {
  readonly size: number;
  readonly sums: Sums;
  open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
};

export type SendOptions = Cancellable & {
  /** Called with the bytes handed over so far in this attempt. */
  readonly onBytes?: ((total: number) => void) | undefined;
  /** Awaited before each piece of the body is handed over; nobody waits for the server meanwhile. @default no limit */
  readonly throttle?: Throttle | undefined;
};

/** Holds bytes back so that no more of them pass in a second than is allowed. */
export interface Throttle {
  /** The largest piece that should be handed over at once. */
  readonly pieceBytes: number;
  /** Resolves when so many more bytes may pass, in order of asking. */
  pass(bytes: number, options: Cancellable): Promise<void>;
}

/** Runs one request of a listing: as it is, or repeated by whoever hands it in. */
export type Repeat = <T>(request: () => Promise<T>) => Promise<T>;

/** A listing asks page by page; every page goes through `repeat`. */
export type PageOptions = Cancellable & { readonly repeat: Repeat };

export type DoubtOption = { readonly onDoubt?: ((sentence: string) => void) | undefined };

export type ListOptions = PageOptions & {
  readonly delimiter?: string | undefined;
  readonly startAfter?: string | undefined;
  /** Stop after so many entries. */
  readonly limit?: number | undefined;
};

/** Which version of an object is read. */
export type ReadOptions = Cancellable & {
  readonly etag: string | undefined;
  /** When it was stored: pins a version that has no ETag, by whole seconds. */
  readonly lastModified?: Date | undefined;
  /** Bytes of the whole object, where they are known: an answer that names another size is refused. */
  readonly size?: number | undefined;
};

/**
 * An object store. Every verb makes one attempt and throws a `TransferError` that says by its `recovery`
 * whether another may help; the engine alone repeats. Listings flow page by page and keep nothing but one.
 */
export interface Store {
  /** Which server this is: two stores of one endpoint share what is remembered of it. */
  readonly endpoint: string;
  /** How an object is named in messages (`s3://bucket/key`). */
  describe(object: ObjectLocation): string;
  /**
   * What of the store's own settings shapes the objects it makes (a key that encrypts them). It is hashed before it
   * is remembered.
   */
  readonly shape: string;
  /** Sums every body must carry when it is handed to `put` or `uploadPart`; may shrink while a store learns. */
  readonly wantedSums: readonly Algorithm[];

  stat(object: ObjectLocation, options: Cancellable): Promise<ObjectInfo>;
  /** The size of one part the object was made of, if the store tells; of the first, asked at most once a `get`. */
  partSize(
    object: ObjectLocation,
    number: number,
    options: Cancellable & { etag: string | undefined },
  ): Promise<number | undefined>;
  /**
   * The bytes of a range of exactly this version of the object: `changed` when it is another one by now,
   * `corrupt` when the answer is not the range that was asked for, or is of an object of another size. A chunk is valid only until the next one
   * is asked for. Leaving the loop early closes the connection.
   */
  read(object: ObjectLocation, range: Range, options: ReadOptions): AsyncIterable<Uint8Array>;
  /**
   * All of an object that has at most `maxBytes`, with what is said of it: in one request where the store can.
   * `undefined` for a larger one.
   */
  readWhole(
    object: ObjectLocation,
    options: Cancellable & { readonly maxBytes: number },
  ): Promise<WholeObject | undefined>;
  /** Stores the object in one request; it appears whole or not at all. */
  put(
    object: ObjectLocation,
    body: PartBody,
    options: SendOptions & { readonly as?: ObjectOptions | undefined },
  ): Promise<PutReceipt>;

  beginUpload(
    object: ObjectLocation,
    options: Cancellable & { readonly as?: ObjectOptions | undefined },
  ): Promise<UploadHandle>;
  /** Idempotent for one part number: the last one wins. */
  uploadPart(upload: UploadHandle, part: Part, body: PartBody, options: SendOptions): Promise<Receipt>;
  /** In order of number. Throws `not-found` for an upload that is over. */
  listParts(upload: UploadHandle, options: PageOptions): AsyncIterable<Receipt>;
  /**
   * Makes the object of these parts. An error whose `recovery` is not `never` leaves the outcome unknown: the
   * object may be there. `local`: what was computed here over the bytes of each part, in the same order; `whole`:
   * what follows from that for an upload that combines it; `size`: of the whole object.
   */
  completeUpload(
    upload: UploadHandle,
    receipts: readonly Receipt[],
    options: Cancellable & {
      readonly local?: readonly Sums[] | undefined;
      readonly whole?: Sums | undefined;
      readonly size?: number | undefined;
      readonly condition?: ObjectOptions['condition'];
    },
  ): Promise<CompletedUpload>;
  /** Gone already counts as done, so it may be repeated. */
  abortUpload(upload: UploadHandle, options: Cancellable): Promise<'aborted' | 'gone'>;

  listBuckets(options: PageOptions): AsyncIterable<BucketInfo>;
  /**
   * In key order (UTF-8 bytes), objects and common prefixes together, as pages: a step for each entry would cost more
   * than all else. A page is empty when the server told only what lies before its beginning, and goes on.
   */
  listObjects(bucket: string, prefix: string, options: ListOptions): AsyncIterable<readonly ListedEntry[]>;
  /** The same; the newest version of a key first. Of a store without versions every object is one. */
  listVersions(bucket: string, prefix: string, options: ListOptions): AsyncIterable<readonly ListedVersion[]>;
  /**
   * `exactKey`: only uploads of the key that `prefix` is, and no more than two pages are asked for. `onDoubt` is told
   * when the end of the listing is no proof that there is nothing more.
   */
  listUploads(
    bucket: string,
    prefix: string,
    options: PageOptions & { readonly exactKey?: boolean | undefined } & DoubtOption,
  ): AsyncIterable<UnfinishedUpload>;
}

export type CompletedUpload = {
  readonly etag?: string | undefined;
  readonly versionId?: string | undefined;
};

/** A half-open byte interval `[start, end)`. */
export type Range = { readonly start: number; readonly end: number };

/** Sums bytes as they pass. Opened once for each part or object; `digest` ends it. */
export interface Digest {
  update(bytes: Uint8Array): void;
  digest(): Sums;
}

/** Makes digests; the algorithms are computed in one pass. */
export type Hasher = (algorithms: readonly Algorithm[]) => Digest;

/** Time, handed in so that tests can play with it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number, options: Cancellable): Promise<void>;
  /** Milliseconds this program was busy since it began, where that is known. */
  busyMs?(): number;
}
