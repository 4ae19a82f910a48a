import { type Answer, answerXml } from '../answer.ts';
import { findBucket, findObject, type StoredObject } from '../buckets.ts';
import { writeChecksumElements } from '../checksum-answers.ts';
import type { Exchange } from '../exchange.ts';
import { branch, leaf } from '../xml.ts';

/** GetObjectTagging. */
export function getTagging({ buckets, request }: Exchange): Answer {
  const object = findObject(findBucket(buckets, request.bucket), request.key);
  const tags = [...new URLSearchParams(object.tagging)].map(([key, value]) =>
    branch('Tag', [leaf('Key', key), leaf('Value', value)]),
  );
  return answerXml('Tagging', [branch('TagSet', tags)]);
}

/** GetObjectAttributes, with all parts on one page. */
export function getAttributes({ buckets, request }: Exchange): Answer {
  const object = findObject(findBucket(buckets, request.bucket), request.key);
  const list = request.headers.get('x-amz-object-attributes') ?? '';
  const wanted = new Set(list.split(',').map((name) => name.trim()));
  const write = (name: string, xml: () => string): string => (wanted.has(name) ? xml() : '');
  return answerXml(
    'GetObjectAttributesResponse',
    [
      write('ETag', () => leaf('ETag', object.etag)),
      write('Checksum', () => branch('Checksum', [writeChecksumElements(object.checksum)])),
      write('ObjectParts', () => writeParts(object)),
      write('StorageClass', () => leaf('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD')),
      write('ObjectSize', () => leaf('ObjectSize', object.size)),
    ],
    { 'last-modified': object.lastModified.toUTCString() },
  );
}

function writeParts({ parts }: StoredObject): string {
  if (parts === undefined) return '';
  return branch('ObjectParts', [
    leaf('PartsCount', parts.length),
    leaf('IsTruncated', false),
    ...parts.map((part) =>
      branch('Part', [
        leaf('PartNumber', part.number),
        leaf('Size', part.size),
        writeChecksumElements(part.checksum),
      ]),
    ),
  ]);
}
