import { type Answer, answerEmpty, answerXml } from '../answer.ts';
import { readDeclaredAlgorithm, receiveText } from '../body.ts';
import { findBucket, removeObject } from '../buckets.ts';
import type { Exchange } from '../exchange.ts';
import { S3Error } from '../s3-error.ts';
import { branch, leaf, readElements, readText } from '../xml.ts';

const MOST_KEYS = 1000;

/** DeleteObject; deleting what is not there succeeds too. */
export function deleteObject({ buckets, request }: Exchange): Answer {
  removeObject(findBucket(buckets, request.bucket), request.key);
  return answerEmpty(204);
}

/** DeleteObjects. */
export async function deleteObjects(exchange: Exchange): Promise<Answer> {
  const bucket = findBucket(exchange.buckets, exchange.request.bucket);
  const xml = await receiveText(exchange, readDeclaredAlgorithm(exchange));
  const keys = readElements(xml, 'Object').map((object) => readText(object, 'Key') ?? '');
  if (keys.length === 0 || keys.length > MOST_KEYS || keys.includes(''))
    throw new S3Error(400, 'MalformedXML');
  for (const key of keys) removeObject(bucket, key);
  const isQuiet = readText(xml, 'Quiet') === 'true';
  return answerXml('DeleteResult', isQuiet ? [] : keys.map((key) => branch('Deleted', [leaf('Key', key)])));
}
