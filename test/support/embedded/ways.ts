/** The habits of real servers this one can imitate; everything is AWS's own way unless asked otherwise. */
export interface Ways {
  /** What a repeated Complete of a finished upload gets. AWS and many others repeat the 200. @default '404' */
  readonly secondComplete: '404' | '200';
  /**
   * `dropped`: accepted in silence, neither verified nor returned; `rejected`: 501; `md5-required`: a body must come
   * with a Content-MD5, as older servers want it for a bucket with Object Lock. @default 'kept'
   */
  readonly checksums: 'kept' | 'dropped' | 'rejected' | 'md5-required';
  /**
   * `exact-key`: a prefix lists only uploads whose whole key it is, as MinIO does; `only-key`: and without a prefix
   * there are none, as older builds of it say. @default 'all'
   */
  readonly uploadsByPrefix: 'all' | 'exact-key' | 'only-key';
  /** Complete wants all parts but the last to be of one size, as R2 does. @default false */
  readonly equalParts: boolean;
  /** `opaque`: looks like an MD5 and is none, as with SSE-KMS. @default 'md5' */
  readonly etag: 'md5' | 'opaque';
  /** `whole-md5`: an object of parts has the MD5 of all its bytes, as on rclone. @default 'of-parts' */
  readonly objectEtag: 'of-parts' | 'whole-md5';
  /** Complete answers without an ETag, as radosgw does. @default false */
  readonly completeWithoutEtag: boolean;
  /** Complete answers the ETag that AWS would give, whatever the object has, as rclone 1.75 does. @default false */
  readonly completeByRequest: boolean;
  /**
   * Complete of an upload that is not there. `lie`: 200 without effect where an object is at the key, as versitygw 1.8;
   * `500`: as radosgw; `web-page`: as moto; `no-such-key`: as S3Proxy. @default '404'
   */
  readonly completeOfGone: '404' | 'lie' | '500' | 'web-page' | 'no-such-key';
  /** Abort deletes the object at the key, as S3Mock 4.11 does. @default false */
  readonly abortDeletes: boolean;
  /** What a server that does not know `x-amz-mp-object-size` does with it. @default 'known' */
  readonly objectSize: 'known' | 'refused-400' | 'refused-501';
  /** `refused`: ListParts gets 501. @default 'all' */
  readonly listParts: 'all' | 'refused';
  /** What a server that knows only version 1 of ListObjects does with the second. @default 'known' */
  readonly listV2: 'known' | 'refused' | 'ignored';
  /** Entries on one page of a listing of objects or versions. @default 1000 */
  readonly pageSize: number;
  /** `refused`: 501, as of versitygw; `dropped`: accepted and not kept, as of MinIO. @default 'kept' */
  readonly lifecycle: 'kept' | 'refused' | 'dropped';
}

/** AWS's own ways. */
export const plainWays: Ways = {
  secondComplete: '404',
  checksums: 'kept',
  uploadsByPrefix: 'all',
  equalParts: false,
  etag: 'md5',
  objectEtag: 'of-parts',
  completeWithoutEtag: false,
  completeByRequest: false,
  completeOfGone: '404',
  abortDeletes: false,
  objectSize: 'known',
  listParts: 'all',
  listV2: 'known',
  pageSize: 1000,
  lifecycle: 'kept',
};

/** Reads `key=value,key=value`; throws on a word it does not know. */
export function parseWays(text: string): Partial<Ways> {
  return Object.assign({}, ...text.split(',').filter(Boolean).map(parseWay));
}

function parseWay(assignment: string): Partial<Ways> {
  const [name = '', value = ''] = assignment.split('=');
  switch (name) {
    case 'secondComplete':
      return { secondComplete: oneOf(assignment, value, ['404', '200']) };
    case 'checksums':
      return { checksums: oneOf(assignment, value, ['kept', 'dropped', 'rejected', 'md5-required']) };
    case 'uploadsByPrefix':
      return { uploadsByPrefix: oneOf(assignment, value, ['all', 'exact-key', 'only-key']) };
    case 'equalParts':
      return { equalParts: oneOf(assignment, value, ['true', 'false']) === 'true' };
    case 'etag':
      return { etag: oneOf(assignment, value, ['md5', 'opaque']) };
    case 'completeWithoutEtag':
      return { completeWithoutEtag: oneOf(assignment, value, ['true', 'false']) === 'true' };
    case 'objectEtag':
      return { objectEtag: oneOf(assignment, value, ['of-parts', 'whole-md5']) };
    case 'completeByRequest':
      return { completeByRequest: oneOf(assignment, value, ['true', 'false']) === 'true' };
    case 'completeOfGone':
      return {
        completeOfGone: oneOf(assignment, value, ['404', 'lie', '500', 'web-page', 'no-such-key']),
      };
    case 'abortDeletes':
      return { abortDeletes: oneOf(assignment, value, ['true', 'false']) === 'true' };
    case 'objectSize':
      return { objectSize: oneOf(assignment, value, ['known', 'refused-400', 'refused-501']) };
    case 'listParts':
      return { listParts: oneOf(assignment, value, ['all', 'refused']) };
    case 'listV2':
      return { listV2: oneOf(assignment, value, ['known', 'refused', 'ignored']) };
    case 'pageSize':
      return { pageSize: Number(value) };
    case 'lifecycle':
      return { lifecycle: oneOf(assignment, value, ['kept', 'refused', 'dropped']) };
    default:
      throw new Error(`unknown way: ${assignment}`);
  }
}

function oneOf<const T extends string>(assignment: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Error(`${assignment}: expected one of ${allowed.join(', ')}`);
  return found;
}
