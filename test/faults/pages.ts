import type { Rule } from '../support/proxy/proxy.ts';

/** Answers a listing of objects with this body. */
export function listingRule(body: string, nth: Rule['match']['nth'] = 'every'): Rule {
  return {
    match: { operation: 'ListObjectsV2', nth },
    do: { action: 'answer', status: 200, headers: { 'Content-Type': 'application/xml' }, body, drain: true },
  };
}

/** A page of keys, url-encoded, perhaps with another one behind it. */
export function page(keys: readonly string[], next?: string): string {
  return rawPage(
    keys.map((key) => entry(`<Key>${encodeKey(key)}</Key>`)),
    next,
  );
}

/** An entry of a page: what is missing in `fields` is as usual. */
export function entry(key: string, rest?: string): string {
  const usual =
    '<LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>4</Size><StorageClass>STANDARD</StorageClass>';
  return `<Contents>${key}${rest ?? usual}</Contents>`;
}

/** A page of such entries. */
export function rawPage(entries: readonly string[], next?: string): string {
  const more =
    next === undefined
      ? '<IsTruncated>false</IsTruncated>'
      : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`;
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><KeyCount>${entries.length}</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>${more}${entries.join('')}</ListBucketResult>`;
}

/** A listing of so many pages of the same keys, each behind the others. */
export function manyPages(keys: readonly string[], count: number): Rule[] {
  return Array.from({ length: count }, (_, index) => {
    const numbered = keys.map((key) => `${String(index).padStart(4, '0')}-${key}`);
    return listingRule(page(numbered, index + 1 < count ? `page-${index + 2}` : undefined), index + 1);
  });
}

function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/');
}
