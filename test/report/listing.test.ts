import { describe, expect, it } from 'vitest';
import {
  describeListing,
  encodeListing,
  type ListingLine,
  type ListingOptions,
} from '../../src/report/listing.ts';

const time = new Date('2026-11-22T16:30:00Z');
const never = new Date(Number.NaN);
const object: ListingLine = { type: 'object', key: 'a/b.txt', size: 1536, lastModified: time };
const upload: ListingLine = {
  type: 'upload',
  key: 'k\n',
  uploadId: 'u1',
  initiated: time,
  parts: 3,
  bytes: 4096,
};

describe('a line of ls', () => {
  it.each<[string, ListingLine, ListingOptions]>([
    ['2026-11-22T16:30:00Z         1536  a/b.txt', object, {}],
    ['2026-11-22T16:30:00Z      1.5 KiB  a/b.txt', object, { human: true }],
    ['2026-11-22T16:30:00Z         1536  ?  ?  ?  a/b.txt', object, { long: true }],
    [
      '2026-11-22T16:30:00Z         1536  abc  STANDARD  crc32:0a1b2c3d  a/b.txt',
      {
        ...object,
        etag: 'abc',
        storageClass: 'STANDARD',
        stored: { type: 'full-object', sums: { crc32: '0a1b2c3d' } },
      },
      { long: true },
    ],
    [
      '?                    9007199254740991  big',
      { type: 'object', key: 'big', size: Number.MAX_SAFE_INTEGER },
      {},
    ],
    [
      '?                               ?  x\\x1b[2J',
      { type: 'object', key: 'x\u001b[2J', size: -1, lastModified: never },
      {},
    ],
    ['?                               ?  x', { type: 'object', key: 'x', size: Number.NaN }, { human: true }],
    [
      '2026-11-22T16:30:00Z         1536  ?  ?  crc64nvme  a/b.txt',
      { ...object, checksumAlgorithm: 'CRC64NVME' },
      { long: true },
    ],
    ['2026-11-22T16:30:00Z          1536  v1  a/b.txt', { ...object, versionId: 'v1' }, { versions: true }],
    [
      '2026-11-22T16:30:00Z delete marker  v2  k\\n',
      { type: 'delete-marker', key: 'k\n', versionId: 'v2', lastModified: time },
      { versions: true },
    ],
    ['                               PRE  logs/', { type: 'prefix', prefix: 'logs/' }, { versions: true }],
    ['                              PRE  logs/', { type: 'prefix', prefix: 'logs/' }, {}],
    ['2026-11-22T16:30:00Z  b', { type: 'bucket', name: 'b', created: time }, {}],
    ['?                     b', { type: 'bucket', name: 'b', created: undefined }, {}],
    ['2026-11-22T16:30:00Z  ?                         3         4096  k\\n  u1', upload, {}],
    [
      '   12      8388608  2026-11-22T16:30:00Z  abc',
      { type: 'part', number: 12, size: 8388608, etag: 'abc', lastModified: time },
      {},
    ],
  ])('is %j', (text, line, options) => expect(describeListing(line, options)).toBe(text));
});

describe('the JSON of ls', () => {
  it.each<[string, ListingLine]>([
    [
      '{"type":"object","key":"a/b.txt","size":1536,"lastModified":"2026-11-22T16:30:00.000Z","etag":null,"storageClass":null,"versionId":null,"checksumAlgorithm":null}',
      object,
    ],
    [
      '{"type":"object","key":"x\\u2028","size":null,"lastModified":null,"etag":null,"storageClass":null,"versionId":null,"checksumAlgorithm":null}',
      { type: 'object', key: 'x\u2028', size: Number.NaN, lastModified: never },
    ],
    [
      '{"type":"object","key":"a/b.txt","size":1536,"lastModified":"2026-11-22T16:30:00.000Z","etag":null,"storageClass":null,"versionId":"v1","checksumAlgorithm":null,"isLatest":false}',
      { ...object, versionId: 'v1', isLatest: false },
    ],
    [
      '{"type":"delete-marker","key":"k","lastModified":null,"versionId":"v2","isLatest":true}',
      { type: 'delete-marker', key: 'k', versionId: 'v2', isLatest: true },
    ],
    ['{"type":"prefix","prefix":"logs/"}', { type: 'prefix', prefix: 'logs/' }],
    ['{"type":"bucket","name":"b","created":null}', { type: 'bucket', name: 'b' }],
    [
      '{"type":"upload","key":"k\\n","uploadId":"u1","initiated":"2026-11-22T16:30:00.000Z","lastActivity":null,"parts":3,"bytes":4096}',
      upload,
    ],
    [
      '{"type":"part","number":1,"size":5,"etag":"abc","lastModified":null}',
      { type: 'part', number: 1, size: 5, etag: 'abc' },
    ],
  ])('is %s', (text, line) => expect(encodeListing(line)).toBe(text));
});
