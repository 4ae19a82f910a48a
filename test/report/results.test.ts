import { describe, expect, it } from 'vitest';
import {
  describeResult,
  encodeResult,
  encodeSummary,
  type Result,
  type ResultError,
  resultOfFailure,
  resultOfTransfer,
} from '../../src/report/results.ts';
import type { TransferResult } from '../../src/transfer/result.ts';

const MIB = 1024 ** 2;

const transfer: TransferResult = {
  direction: 'put',
  from: '/data/k',
  to: 's3://b/k',
  bytes: 296 * MIB,
  parts: 37,
  resumedParts: 0,
  resumedBytes: 0,
  retries: 2,
  elapsedMs: 4123,
  etag: 'abc-37',
  versionId: null,
  uploadId: 'u1',
  verified: { by: 'checksum', algorithm: 'crc32', value: '0a1b2c3d' },
};
const done = resultOfTransfer(transfer);
const item = { operation: 'put', source: 'k', target: 's3://b/k' } as const;
const denied: ResultError = {
  kind: 'denied',
  code: 'AccessDenied',
  message: 'the server refused to store s3://b/k\u001b[2J with SECRET_KEY=hunter22',
  requestId: 'R1',
};

const promisedKeys =
  'type operation source target status bytes parts resumedParts resumedBytes retries seconds etag versionId ' +
  'uploadId verified error';

describe('the line of a result', () => {
  it.each<[string, Partial<Result>]>([
    ['s3://b/k  296 MiB in 37 parts  4.1 s  verified crc32', {}],
    ['s3://b/k  2.0 KiB  4.1 s  verified crc32', { bytes: 2048, parts: 1 }],
    ['s3://b/k  296 MiB in 37 parts (12 resumed)  4.1 s  verified crc32', { resumedParts: 12 }],
    [
      's3://b/k  296 MiB in 37 parts  4.1 s  verified etag',
      { verified: { by: 'etag', algorithm: 'md5', value: 'x' } },
    ],
    [
      's3://b/k  296 MiB in 37 parts  4.1 s  not verified (size only)',
      { verified: { by: 'size', algorithm: null, value: null } },
    ],
    ['s3://b/k  ?  ?  not verified', { bytes: null, parts: null, seconds: null, verified: null }],
    [
      'dir/k  296 MiB in 37 parts  4.1 s  verified crc32',
      { operation: 'get', source: 's3://b/k', target: 'dir/k' },
    ],
    [
      's3://b/k  296 MiB in 37 parts  4.1 s  verified crc32',
      { operation: 'get', source: 's3://b/k', target: '-' },
    ],
    ['\\x3a:error::k\\n  296 MiB in 37 parts  4.1 s  verified crc32', { target: '::error::k\n' }],
  ])('is %s', (line, changes) => expect(describeResult({ ...done, ...changes })).toBe(line));

  it('says why an item was not moved', () => {
    expect(describeResult(resultOfFailure(item, 'skipped', null))).toBe('s3://b/k  skipped');
    expect(describeResult(resultOfFailure(item, 'failed', denied))).toBe(
      's3://b/k  failed  the server refused to store s3://b/k\\x1b[2J with SECRET_KEY=*** (AccessDenied, request R1)',
    );
    const lost: ResultError = { kind: 'network', code: null, message: 'no answer', requestId: null };
    expect(describeResult(resultOfFailure(item, 'kept', lost))).toBe(
      's3://b/k  failed, upload kept  no answer',
    );
    expect(describeResult(resultOfFailure(item, 'aborted', lost))).toBe(
      's3://b/k  failed, upload aborted  no answer',
    );
  });

  it('does not repeat a code that the message names', () => {
    const error: ResultError = {
      kind: 'disk',
      code: 'ENOSPC',
      message: 'no space left (ENOSPC)',
      requestId: null,
    };
    expect(describeResult(resultOfFailure(item, 'failed', error))).toBe(
      's3://b/k  failed  no space left (ENOSPC)',
    );
  });
});

describe('the JSON of a result', () => {
  it('has every promised key, in order', () => {
    for (const result of [
      done,
      resultOfFailure(item, 'failed', denied),
      resultOfFailure(item, 'skipped', null),
    ]) {
      const parsed: object = JSON.parse(encodeResult(result));
      expect(Object.keys(parsed).join(' ')).toBe(promisedKeys);
    }
  });

  it('is exactly this', () => {
    expect(encodeResult(done)).toBe(
      '{"type":"result","operation":"put","source":"/data/k","target":"s3://b/k","status":"done",' +
        '"bytes":310378496,"parts":37,"resumedParts":0,"resumedBytes":0,"retries":2,"seconds":4.123,' +
        '"etag":"abc-37","versionId":null,"uploadId":"u1",' +
        '"verified":{"by":"checksum","algorithm":"crc32","value":"0a1b2c3d"},"error":null}',
    );
  });

  it('keeps what is known of a failure, without secrets', () => {
    const line = encodeResult(resultOfFailure(item, 'kept', denied, { uploadId: 'u1', parts: 3 }), {
      secrets: ['refused to'],
    });
    expect(JSON.parse(line)).toMatchObject({
      status: 'kept',
      uploadId: 'u1',
      parts: 3,
      bytes: null,
      error: { kind: 'denied', code: 'AccessDenied', requestId: 'R1' },
    });
    expect(line).not.toMatch(/hunter22|refused to/);
  });

  it('sums up in a last line that nothing can overwrite', () => {
    const totals = { done: 2, bytes: 5, exitCode: 9 };
    expect(encodeSummary({ exitCode: 0, error: null, totals })).toBe(
      '{"type":"summary","exitCode":0,"error":null,"done":2,"bytes":5}',
    );
    expect(encodeSummary({ exitCode: 5, error: denied })).toBe(
      '{"type":"summary","exitCode":5,"error":{"kind":"denied","code":"AccessDenied",' +
        '"message":"the server refused to store s3://b/k\\u001b[2J with SECRET_KEY=***","requestId":"R1"}}',
    );
  });
});
