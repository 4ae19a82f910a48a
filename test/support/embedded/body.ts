import { createHash, type Hash } from 'node:crypto';
import { decodeChunks } from './aws-chunked.ts';
import type { Segment } from './blobs.ts';
import { readSegments } from './blobs.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  parseAlgorithm,
  startChecksum,
} from './checksums.ts';
import { followSignatures } from './chunk-signatures.ts';
import type { Exchange } from './exchange.ts';
import { invalidRequest, S3Error } from './s3-error.ts';

/** What was found out about bytes while they passed by. */
export interface Measured {
  readonly size: number;
  readonly md5: Buffer;
  readonly checksum: Checksum | undefined;
}

/** Bytes on their way, and what they turn out to be once the last has been taken. */
export interface MeasuredBytes {
  readonly chunks: AsyncIterable<Buffer>;
  measured(): Measured;
}

const LARGEST_BODY_BYTES = 5 * 1024 ** 3;

/**
 * The request's body, decoded; the last step of reading it throws unless every hash the client sent is right.
 * `declared` is the checksum to verify, `wanted` the one to compute if none is declared.
 */
export function receiveBody(
  exchange: Exchange,
  declared: ChecksumAlgorithm | undefined,
  wanted?: ChecksumAlgorithm,
): MeasuredBytes {
  const { request, authorisation } = exchange;
  const { headers } = request;
  const payloadHash = headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  const isChunked = payloadHash.startsWith('STREAMING-');
  const announced = headers.get(isChunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (announced === undefined) throw new S3Error(411, 'MissingContentLength');
  if (Number(announced) > LARGEST_BODY_BYTES) throw new S3Error(400, 'EntityTooLarge');

  const trailers = new Map<string, string>();
  const sha256 = /^[0-9a-f]{64}$/.test(payloadHash) ? createHash('sha256') : undefined;

  const verify = ({ size, md5, checksum }: Measured): void => {
    if (size !== Number(announced)) throw new S3Error(400, 'IncompleteBody');
    if (sha256 !== undefined && sha256.digest('hex') !== payloadHash) {
      throw new S3Error(
        400,
        'XAmzContentSHA256Mismatch',
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
      );
    }
    const claimedMd5 = headers.get('content-md5');
    if (claimedMd5 !== undefined && claimedMd5 !== md5.toString('base64')) {
      throw new S3Error(400, 'BadDigest', 'The Content-MD5 you specified did not match what we received.');
    }
    if (declared === undefined) return;
    const name = checksumHeader(declared);
    const claimed = headers.get(name) ?? trailers.get(name);
    if (claimed !== checksum?.value) {
      throw new S3Error(
        400,
        'BadDigest',
        `The ${declared} you specified did not match the calculated checksum.`,
      );
    }
  };

  const raw = request.openBody();
  const signatures = payloadHash.startsWith('STREAMING-AWS4-') ? followSignatures(authorisation) : undefined;
  const bytes = isChunked ? decodeChunks(raw, trailers, signatures) : raw;
  return measure(bytes, declared ?? wanted, sha256, verify);
}

/** Reads a small body into memory, verified. */
export async function receiveText(
  exchange: Exchange,
  declared: ChecksumAlgorithm | undefined,
): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of receiveBody(exchange, declared).chunks) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Reads stored bytes through for their hashes. */
export async function measureSegments(
  segments: readonly Segment[],
  algorithm: ChecksumAlgorithm | undefined,
): Promise<Measured> {
  const bytes = measure(readSegments(segments), algorithm);
  for await (const _ of bytes.chunks);
  return bytes.measured();
}

/** The algorithm of the checksum the client sends with the body, in a header or after it. */
export function readDeclaredAlgorithm({ request, ways }: Exchange): ChecksumAlgorithm | undefined {
  if (ways.checksums === 'dropped') return undefined;
  const { headers } = request;
  const trailer = /^x-amz-checksum-(\w+)$/i.exec(headers.get('x-amz-trailer') ?? '')?.[1] ?? '';
  const inTrailer = parseAlgorithm(trailer);
  const declared = checksumAlgorithms.filter(
    (algorithm) => algorithm === inTrailer || headers.has(checksumHeader(algorithm)),
  );
  if (declared.length > 1) throw invalidRequest('Expecting a single x-amz-checksum- header');
  return declared[0];
}

function measure(
  source: AsyncIterable<Buffer>,
  algorithm: ChecksumAlgorithm | undefined,
  sha256?: Hash,
  verify: (measured: Measured) => void = () => {},
): MeasuredBytes {
  const md5 = createHash('md5');
  const running = algorithm === undefined ? undefined : startChecksum(algorithm);
  let size = 0;
  let result: Measured | undefined;
  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      size += chunk.length;
      md5.update(chunk);
      sha256?.update(chunk);
      running?.update(chunk);
      yield chunk;
    }
    const checksum =
      algorithm === undefined || running === undefined
        ? undefined
        : { algorithm, value: running.digest().toString('base64') };
    result = { size, md5: md5.digest(), checksum };
    verify(result);
  }
  return {
    chunks: chunks(),
    measured: () => {
      if (result === undefined) throw new Error('the bytes have not been read to their end');
      return result;
    },
  };
}
