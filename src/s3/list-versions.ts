import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3';
import { compareKeys } from '../transfer/compare-keys.ts';
import type { ListedVersion, ListOptions } from '../transfer/ports.ts';
import type { Caller } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { createKeyDecoder, itself, page } from './list-page.ts';
import { isDirectoryBucket, mustLieUnder, watchGreatest, watchProgress } from './list-progress.ts';
import { nameOf, withPrefixes } from './listed-names.ts';
import { unquote } from './encoding.ts';

type Keyed = Exclude<ListedVersion, { type: 'prefix' }>;
type Markers = { readonly key: string; readonly id: string };

/** Every version and delete marker of a bucket, page by page: in key order, the newest of a key first. */
export async function* listVersions(
  caller: Caller,
  bucket: string,
  prefix: string,
  options: ListOptions,
): AsyncGenerator<readonly ListedVersion[]> {
  const what = `list the versions of s3://${bucket}/${prefix}`;
  const { delimiter, startAfter = '', limit = Number.POSITIVE_INFINITY } = options;
  const progress = watchProgress(what, !isDirectoryBucket(bucket));
  let left = limit;
  const greatest = watchGreatest();
  const decoderOf = createKeyDecoder();
  for (let markers: Markers = { key: startAfter, id: '' }; left > 0; ) {
    const { key, id } = markers;
    const make = (): object =>
      new ListObjectVersionsCommand({
        Bucket: bucket,
        EncodingType: 'url',
        ...(prefix && { Prefix: prefix }),
        ...(delimiter && { Delimiter: delimiter }),
        ...(key && { KeyMarker: key }),
        ...(key && id && { VersionIdMarker: id }),
        ...(left < 1000 && { MaxKeys: left }),
      });
    const output = await page(
      caller,
      make,
      what,
      'ListVersionsResult',
      options,
      itself<ListObjectVersionsCommandOutput>,
    );
    const keys = [...(output.Versions ?? []), ...(output.DeleteMarkers ?? [])].map(({ Key }) => Key);
    const decode = decoderOf(output.EncodingType, keys, prefix);
    const prefixes = (output.CommonPrefixes ?? []).map(({ Prefix = '' }) => decode(Prefix));
    const found = withPrefixes(keyedOf(output, decode), prefixes).slice(0, left);
    mustLieUnder(what, prefix, found);
    left -= found.length;
    if (found.length > 0) yield found;
    // The versions of one key may take several pages.
    const name = found.at(-1);
    const version = name?.type === 'prefix' ? undefined : name?.versionId;
    progress.page(found.length, name !== undefined && greatest.isBehind(nameOf(name), version));
    if (output.IsTruncated !== true || left <= 0) return;
    markers = { key: decode(output.NextKeyMarker ?? ''), id: output.NextVersionIdMarker ?? '' };
    if (markers.key === '' || (markers.key === key && markers.id === id))
      throw notLikeS3(what, 'its listing does not advance', 'never');
  }
}

/** Versions and delete markers come mixed in the document, but apart out of the SDK. */
function keyedOf(output: ListObjectVersionsCommandOutput, decode: (key: string) => string): Keyed[] {
  const versions = (output.Versions ?? []).map((version) => ({
    type: 'object' as const,
    key: decode(version.Key ?? ''),
    size: version.Size ?? Number.NaN,
    etag: unquote(version.ETag),
    lastModified: version.LastModified,
    storageClass: version.StorageClass,
    checksumAlgorithm: version.ChecksumAlgorithm?.[0],
    versionId: version.VersionId,
    isLatest: version.IsLatest ?? false,
  }));
  const markers = (output.DeleteMarkers ?? []).map((marker) => ({
    type: 'delete-marker' as const,
    key: decode(marker.Key ?? ''),
    lastModified: marker.LastModified,
    versionId: marker.VersionId,
    isLatest: marker.IsLatest ?? false,
  }));
  if (markers.length === 0) return versions;
  return [...versions, ...markers].toSorted((a, b) => compareKeys(a.key, b.key) || newestFirst(a, b));
}

function newestFirst(a: Keyed, b: Keyed): number {
  if (a.isLatest !== b.isLatest) return a.isLatest ? -1 : 1;
  return (b.lastModified?.getTime() ?? 0) - (a.lastModified?.getTime() ?? 0);
}
