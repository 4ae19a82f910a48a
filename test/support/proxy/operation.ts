import type { IncomingHttpHeaders } from 'node:http';

/** What requests are told apart by; everything else is `other`. */
export const OPERATIONS = [
  'PutObject',
  'UploadPart',
  'CreateMultipartUpload',
  'CompleteMultipartUpload',
  'AbortMultipartUpload',
  'ListParts',
  'ListMultipartUploads',
  'ListObjectsV2',
  'GetObject',
  'HeadObject',
  'ListBuckets',
  'other',
] as const;
export type OperationName = (typeof OPERATIONS)[number];

/** A request as rules see it. */
export type Subject = {
  readonly operation: OperationName;
  readonly method: string;
  /** Still percent-encoded, as is the query. */
  readonly path: string;
  readonly query: string;
  readonly parameters: URLSearchParams;
  /** Decoded; empty when the request names no key. */
  readonly key: string;
  readonly partNumber: number | undefined;
  /** The header, such as `bytes=0-99`. */
  readonly range: string | undefined;
};

// Parameters that change how an object is asked for, not what is done to it.
const HARMLESS = /^(?:x-id|versionId|partNumber|response-.+|X-Amz-.+)$/i;

/** Tells what a request is about from its method, address, `Host` and `Range`; path style or `bucket.localhost`. */
export function describeRequest(method: string, url: string, headers: IncomingHttpHeaders): Subject {
  const [path, query] = splitOnce(url, '?');
  const parameters = new URLSearchParams(query);
  const inHost = /^.+\.localhost(?::\d+)?$/.test(headers.host ?? '');
  const [bucket, keyInPath] = splitOnce(path.slice(1), '/');
  const key = decode(inHost ? path.slice(1) : keyInPath);
  const place = key !== '' ? 'object' : inHost || bucket !== '' ? 'bucket' : 'service';
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  const part = parameters.get('partNumber');
  return {
    operation: isCopy ? 'other' : nameOperation(`${place} ${method}`, parameters),
    method,
    path,
    query,
    parameters,
    key,
    partNumber: part === null ? undefined : Number(part),
    range: headers.range,
  };
}

/** The same for a request and its retries: method, path, query and range. */
export function identityOf({ method, path, query, range }: Subject): string {
  return `${method} ${path}?${query} ${range ?? ''}`;
}

/** As the identity, without what differs from run to run: bucket, upload ids, tokens, signatures. */
export function lastingIdentityOf({ operation, method, key, parameters, range }: Subject): string {
  const lasting = [...parameters].filter(([name]) => !/^(?:uploadId|.*-token|X-Amz-.+)$/i.test(name));
  return JSON.stringify([operation, method, key, lasting, range ?? '']);
}

function nameOperation(scope: string, parameters: URLSearchParams): OperationName {
  const isPlain = [...parameters.keys()].every((name) => HARMLESS.test(name));
  switch (scope) {
    case 'service GET':
      return 'ListBuckets';
    case 'bucket GET':
      if (parameters.has('uploads')) return 'ListMultipartUploads';
      return parameters.get('list-type') === '2' ? 'ListObjectsV2' : 'other';
    case 'object PUT':
      if (parameters.has('uploadId')) return 'UploadPart';
      return isPlain ? 'PutObject' : 'other';
    case 'object POST':
      if (parameters.has('uploads')) return 'CreateMultipartUpload';
      return parameters.has('uploadId') ? 'CompleteMultipartUpload' : 'other';
    case 'object GET':
      if (parameters.has('uploadId')) return 'ListParts';
      return isPlain ? 'GetObject' : 'other';
    case 'object HEAD':
      return 'HeadObject';
    case 'object DELETE':
      return parameters.has('uploadId') ? 'AbortMultipartUpload' : 'other';
    default:
      return 'other';
  }
}

// A broken escape is the server's to refuse; here it only has to match nothing.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}
