import { hasher } from '../../../src/local/hash.ts';
import { compositeSum, multipartEtag, wholeSums } from '../../../src/transfer/checksum.ts';
import { TransferError } from '../../../src/transfer/errors.ts';
import type { Algorithm, Receipt, StoredSums, Sums, UploadHandle } from '../../../src/transfer/ports.ts';
import { joined } from './bytes.ts';

export type MemoryObject = {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly stored: StoredSums | undefined;
  readonly lastModified: Date;
  /** Of an object that was made of parts. */
  readonly partSizes: readonly number[] | undefined;
};

export type MemoryPart = {
  readonly number: number;
  readonly bytes: Uint8Array;
  readonly etag: string;
  readonly sums: Sums;
  readonly lastModified: Date;
};

export type MemoryUpload = UploadHandle & {
  readonly initiated: Date;
  readonly parts: Map<number, MemoryPart>;
};

/** What a store holds; tests look into it. */
export type Holdings = {
  readonly objects: Map<string, MemoryObject>;
  readonly uploads: Map<string, MemoryUpload>;
  /** How many uploads were begun. */
  readonly begun: { count: number };
};

/** The habits of servers that the engine must live with. */
export type Habits = {
  /** Echoes CRC-32 and keeps it of objects. */
  readonly echoes: boolean;
  /** How the checksum of an object of parts is kept. */
  readonly sums: 'full-object' | 'composite';
  /** ETags that look like MD5s and are none; `named`: and the server says so. */
  readonly etags: 'md5' | 'opaque' | 'named';
  /** The ETag of an object of parts: AWS's, the MD5 of all bytes (rclone), or one of the server's own. */
  readonly objectEtags: 'of-parts' | 'whole-md5' | 'own';
  /** The ETag that Complete answers: the object's, or AWS's, computed from the request (rclone 1.75, versitygw). */
  readonly answers: 'object' | 'request' | 'nothing';
  /** A multipart object is dated by its Create (AWS) or by its Complete. */
  readonly dates: 'create' | 'complete';
  /**
   * Complete of an upload that is not there is 200 without effect where an object is at the key (versitygw 1.8), with an
   * ETag computed from the request or that of the object.
   */
  readonly lies: 'never' | 'by-request' | 'by-object';
  /** Abort deletes the object at the key (S3Mock 4.11). */
  readonly abortDeletes: boolean;
  /** Complete of an upload that is over: as AWS does, or as most others. */
  readonly repeatsComplete: boolean;
};

export function sumOf(bytes: Uint8Array, algorithms: readonly Algorithm[]): Sums {
  const digest = hasher(algorithms);
  digest.update(bytes);
  return digest.digest();
}

/** The MD5, or something of the same form that is not. */
export function etagOf(bytes: Uint8Array, habits: Habits): string {
  const { md5 = '' } = sumOf(bytes, ['md5']);
  return habits.etags === 'md5' ? md5 : (sumOf(new TextEncoder().encode(md5), ['md5']).md5 ?? '');
}

/** What is told of the ETags of a server that encrypts with its own key. */
export function opaqueness(habits: Habits): { opaqueEtag?: true } {
  return habits.etags === 'named' ? { opaqueEtag: true } : {};
}

export function echoOf(bytes: Uint8Array, habits: Habits): Sums {
  return habits.echoes ? sumOf(bytes, ['crc32']) : {};
}

export function receiptOf(part: MemoryPart, habits: Habits): Receipt {
  const { number, bytes, etag, sums, lastModified } = part;
  return { number, size: bytes.byteLength, etag, sums, lastModified, ...opaqueness(habits) };
}

/** Makes the object of an upload's parts, as S3 would. */
export function assemble(
  upload: MemoryUpload,
  receipts: readonly Receipt[],
  habits: Habits,
  now: Date,
): MemoryObject {
  const parts = receipts.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    if (part && part.etag === etag) return part;
    throw new TransferError('server', `part ${number} is not there`, {
      status: 400,
      code: 'InvalidPart',
      recovery: 'never',
    });
  });
  const sized = parts.map(({ bytes, sums }) => ({ size: bytes.byteLength, sums }));
  const crc32 = habits.sums === 'composite' ? compositeSum('crc32', sized, hasher) : wholeSums(sized).crc32;
  const made = multipartEtag(
    parts.map(({ number, bytes, etag, sums }) => ({ number, size: bytes.byteLength, etag, sums })),
    hasher,
  );
  return {
    key: upload.key,
    bytes: joined(parts.map(({ bytes }) => bytes)),
    etag: etagOfObject(made ?? '', joined(parts.map(({ bytes }) => bytes)), habits),
    stored: habits.echoes && crc32 !== undefined ? { type: habits.sums, sums: { crc32 } } : undefined,
    lastModified: habits.dates === 'create' ? upload.initiated : now,
    partSizes: sized.map(({ size }) => size),
  };
}

function etagOfObject(ofParts: string, bytes: Uint8Array, { objectEtags }: Habits): string {
  switch (objectEtags) {
    case 'of-parts':
      return ofParts;
    case 'whole-md5':
      return sumOf(bytes, ['md5']).md5 ?? '';
    case 'own':
      return `own-${++ownEtags}`;
  }
}

/** No two objects have the same ETag of the server's own. */
let ownEtags = 0;

/** What Complete answers, given what the object has, if there is one. */
export function answerOf(
  receipts: readonly Receipt[],
  etag: string,
  { answers }: Pick<Habits, 'answers'>,
): { etag?: string } {
  switch (answers) {
    case 'object':
      return { etag };
    case 'request':
      return { etag: multipartEtag(receipts, hasher) ?? etag };
    case 'nothing':
      return {};
  }
}

export function gone(what: string, code: 'NoSuchKey' | 'NoSuchUpload' | 'NoSuchBucket'): TransferError {
  return new TransferError('not-found', `${what}: ${code}`, { status: 404, code });
}
