import type { Lease } from './blobs.ts';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import { S3Error } from './s3-error.ts';

/** One part of an upload, or of the object it became. */
export interface StoredPart {
  readonly number: number;
  /** Without quotes, here and everywhere inside. */
  readonly etag: string;
  readonly size: number;
  readonly lastModified: Date;
  readonly bytes: Lease;
  readonly checksum: Checksum | undefined;
}

/** A whole object's checksum. */
export interface ObjectChecksum extends Checksum {
  readonly type: ChecksumType;
}

/** An object; replaced as a whole, never changed. */
export interface StoredObject {
  readonly key: string;
  readonly etag: string;
  readonly size: number;
  readonly lastModified: Date;
  readonly bytes: Lease;
  /** Headers to give back with the object: its type, its metadata and the like. */
  readonly headers: Readonly<Record<string, string>>;
  /** As sent: `k1=v1&k2=v2`. */
  readonly tagging: string;
  readonly checksum: ObjectChecksum | undefined;
  /** What it was made of; undefined for an object made by one PUT. */
  readonly parts: readonly Omit<StoredPart, 'bytes'>[] | undefined;
}

/** A multipart upload in progress. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly initiated: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly tagging: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
  readonly parts: Map<number, StoredPart>;
}

/** A finished upload, remembered for a client that asks again. */
export interface Completion {
  readonly key: string;
  readonly document: string;
}

/** A bucket and all that is in it. */
export interface Bucket {
  readonly name: string;
  readonly createdAt: Date;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
  readonly completions: Map<string, Completion>;
  lifecycle: string | undefined;
}

/** Makes an empty bucket. */
export function createBucket(name: string, createdAt: Date): Bucket {
  return {
    name,
    createdAt,
    objects: new Map(),
    uploads: new Map(),
    completions: new Map(),
    lifecycle: undefined,
  };
}

/** The bucket of that name, or 404. */
export function findBucket(buckets: ReadonlyMap<string, Bucket>, name: string): Bucket {
  const bucket = buckets.get(name);
  if (bucket === undefined) throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
  return bucket;
}

/** The object of that key, or 404. */
export function findObject(bucket: Bucket, key: string): StoredObject {
  const object = bucket.objects.get(key);
  if (object === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  return object;
}

/** The upload of that id and key, or 404. */
export function findUpload(bucket: Bucket, key: string, id: string | null): Upload {
  const upload = bucket.uploads.get(id ?? '');
  if (upload === undefined || upload.key !== key) {
    throw new S3Error(404, 'NoSuchUpload', 'The specified upload does not exist.');
  }
  return upload;
}

/** Puts an object in place of whatever had its key; readers of the old one keep their bytes. */
export function replaceObject(bucket: Bucket, object: StoredObject): void {
  const earlier = bucket.objects.get(object.key);
  bucket.objects.set(object.key, object);
  earlier?.bytes.release();
}

/** Takes an object away, if it is there. */
export function removeObject(bucket: Bucket, key: string): void {
  const object = bucket.objects.get(key);
  bucket.objects.delete(key);
  object?.bytes.release();
}

/** Takes an upload and its parts away; an object made of them has leased their bytes before. */
export function removeUpload(bucket: Bucket, upload: Upload): void {
  bucket.uploads.delete(upload.id);
  for (const part of upload.parts.values()) part.bytes.release();
}
