import { type Answer, answerEmpty, answerText, answerXml } from '../answer.ts';
import { readDeclaredAlgorithm, receiveText } from '../body.ts';
import { createBucket, findBucket, removeUpload } from '../buckets.ts';
import type { Exchange } from '../exchange.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import { branch, leaf } from '../xml.ts';

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** ListBuckets. */
export function listBuckets({ buckets }: Exchange): Answer {
  const sorted = [...buckets.values()].toSorted((left, right) => (left.name < right.name ? -1 : 1));
  const lines = sorted.map(({ name, createdAt }) =>
    branch('Bucket', [leaf('Name', name), leaf('CreationDate', createdAt.toISOString())]),
  );
  return answerXml('ListAllMyBucketsResult', [branch('Buckets', lines)]);
}

/** CreateBucket. */
export function putBucket({ buckets, request, clock }: Exchange): Answer {
  const name = request.bucket;
  if (!BUCKET_NAME.test(name)) {
    throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.');
  }
  if (buckets.has(name)) {
    throw new S3Error(
      409,
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the bucket succeeded.',
    );
  }
  buckets.set(name, createBucket(name, clock.now()));
  return answerEmpty(200, { location: `/${name}` });
}

/** HeadBucket. */
export function headBucket({ buckets, request }: Exchange): Answer {
  findBucket(buckets, request.bucket);
  return answerEmpty(200);
}

/** DeleteBucket; uploads in progress go with it. */
export function deleteBucket({ buckets, request }: Exchange): Answer {
  const bucket = findBucket(buckets, request.bucket);
  if (bucket.objects.size > 0) {
    throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
  }
  for (const upload of bucket.uploads.values()) removeUpload(bucket, upload);
  buckets.delete(bucket.name);
  return answerEmpty(204);
}

/** GetBucketLocation; an empty one means us-east-1. */
export function getBucketLocation({ buckets, request }: Exchange): Answer {
  findBucket(buckets, request.bucket);
  return answerXml('LocationConstraint', []);
}

/** GetBucketVersioning; an empty answer means it was never enabled. */
export function getBucketVersioning({ buckets, request }: Exchange): Answer {
  findBucket(buckets, request.bucket);
  return answerXml('VersioningConfiguration', []);
}

/** PutBucketLifecycleConfiguration; kept as sent and never carried out. */
export async function putLifecycle(exchange: Exchange): Promise<Answer> {
  const bucket = findBucket(exchange.buckets, exchange.request.bucket);
  const { lifecycle } = exchange.ways;
  if (lifecycle === 'refused') throw notImplemented('lifecycle rules');
  const xml = await receiveText(exchange, readDeclaredAlgorithm(exchange));
  if (lifecycle === 'dropped') return answerEmpty(200);
  if (!xml.includes('LifecycleConfiguration')) throw new S3Error(400, 'MalformedXML');
  bucket.lifecycle = xml;
  return answerEmpty(200);
}

/** GetBucketLifecycleConfiguration. */
export function getLifecycle({ buckets, request, ways }: Exchange): Answer {
  if (ways.lifecycle === 'refused') throw notImplemented('lifecycle rules');
  const { lifecycle } = findBucket(buckets, request.bucket);
  if (lifecycle === undefined) {
    throw new S3Error(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist');
  }
  return answerText(200, lifecycle);
}

/** DeleteBucketLifecycle. */
export function deleteLifecycle({ buckets, request }: Exchange): Answer {
  findBucket(buckets, request.bucket).lifecycle = undefined;
  return answerEmpty(204);
}
