import type { Operation } from './exchange.ts';
import {
  deleteBucket,
  deleteLifecycle,
  getBucketLocation,
  getBucketVersioning,
  getLifecycle,
  headBucket,
  listBuckets,
  putBucket,
  putLifecycle,
} from './operations/buckets.ts';
import { completeUpload } from './operations/complete-upload.ts';
import { copyObject } from './operations/copy-object.ts';
import { deleteObject, deleteObjects } from './operations/delete-objects.ts';
import { getAttributes, getTagging } from './operations/describe-object.ts';
import { getObject } from './operations/get-object.ts';
import { listObjects, listObjectsV2, listVersions } from './operations/list-objects.ts';
import { listParts, uploadPart, uploadPartCopy } from './operations/parts.ts';
import { putObject } from './operations/put-object.ts';
import { abortUpload, createUpload, listUploads } from './operations/uploads.ts';
import type { S3Request } from './request.ts';
import { notImplemented } from './s3-error.ts';

const routes: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['service GET', listBuckets],
  ['bucket PUT', putBucket],
  ['bucket HEAD', headBucket],
  ['bucket DELETE', deleteBucket],
  ['bucket GET', listObjects],
  ['bucket GET list-type', listObjectsV2],
  ['bucket GET versions', listVersions],
  ['bucket GET location', getBucketLocation],
  ['bucket GET versioning', getBucketVersioning],
  ['bucket GET lifecycle', getLifecycle],
  ['bucket PUT lifecycle', putLifecycle],
  ['bucket DELETE lifecycle', deleteLifecycle],
  ['bucket GET uploads', listUploads],
  ['bucket POST delete', deleteObjects],
  ['object PUT', putObject],
  ['object PUT copy', copyObject],
  ['object GET', getObject],
  ['object HEAD', getObject],
  ['object DELETE', deleteObject],
  ['object GET tagging', getTagging],
  ['object GET attributes', getAttributes],
  ['object POST uploads', createUpload],
  ['object PUT uploadId', uploadPart],
  ['object PUT uploadId copy', uploadPartCopy],
  ['object GET uploadId', listParts],
  ['object POST uploadId', completeUpload],
  ['object DELETE uploadId', abortUpload],
]);

// Parameters that choose among the verbs of one method; others only shape the answer.
const SELECTORS =
  /^(?:accelerate|acl|analytics|attributes|cors|delete|encryption|intelligent-tiering|inventory|legal-hold|lifecycle|list-type|location|logging|metrics|notification|object-lock|ownershipControls|policy|policyStatus|publicAccessBlock|renameObject|replication|requestPayment|restore|retention|select|session|tagging|torrent|uploadId|uploads|versionId|versioning|versions|website)$/;

/** Finds the operation a request asks for, or 501. */
export function chooseOperation(request: S3Request): Operation {
  const isObject = request.key !== '';
  const scope = request.bucket === '' ? 'service' : isObject ? 'object' : 'bucket';
  const selectors = [...request.query]
    .filter(([name, value]) => isSelector(name, value))
    .map(([name]) => name);
  const isCopy = isObject && request.method === 'PUT' && request.headers.has('x-amz-copy-source');
  const route = [scope, request.method, ...selectors, ...(isCopy ? ['copy'] : [])].join(' ');
  const operation = routes.get(route);
  if (operation === undefined) throw notImplemented(route);
  const customerKey = 'x-amz-server-side-encryption-customer-algorithm';
  if (request.headers.has(customerKey)) throw notImplemented('encryption with customer keys');
  return operation;
}

// The one version there is has the id "null".
function isSelector(name: string, value: string): boolean {
  return SELECTORS.test(name) && !(name === 'versionId' && value === 'null');
}
