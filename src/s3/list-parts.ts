import { ListPartsCommand, type ListPartsCommandOutput } from '@aws-sdk/client-s3';
import { MAX_PARTS } from '../transfer/plan.ts';
import type { PageOptions, Receipt, Store, UploadHandle } from '../transfer/ports.ts';
import type { Caller } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { page } from './list-page.ts';
import { stringsOf, sumsOf } from './object-info.ts';
import { unquote } from './encoding.ts';

/** The parts of an unfinished upload, in order of number. */
export async function* listParts(
  caller: Caller,
  describe: Store['describe'],
  /** The customer's key, as the SDK takes it. */
  sealed: object,
  upload: UploadHandle,
  options: PageOptions,
): AsyncGenerator<Receipt> {
  const what = `list the parts of upload ${upload.uploadId} of ${describe(upload)}`;
  let last = 0;
  let isFirst = true;
  for (;;) {
    const make = (): object =>
      new ListPartsCommand({
        Bucket: upload.bucket,
        Key: upload.key,
        UploadId: upload.uploadId,
        ...sealed,
        ...(last > 0 && { PartNumberMarker: String(last) }),
      });
    const output = await page(
      caller,
      make,
      what,
      'ListPartsResult',
      options,
      (listed: ListPartsCommandOutput) => listed,
    );
    const receipts = (output.Parts ?? []).map(
      (part): Receipt => ({
        number: part.PartNumber ?? 0,
        size: part.Size ?? 0,
        etag: unquote(part.ETag) ?? '',
        sums: sumsOf(stringsOf(part)),
        lastModified: part.LastModified,
      }),
    );
    // Not every server sorts, and some send every page from the first part on.
    const fresh = receipts.filter(({ number }) => number > last).toSorted((a, b) => a.number - b.number);
    yield* fresh;
    // gofakes3 numbers the parts of every page from the first on: what they are called is not known.
    if (!isFirst && fresh.length === 0 && receipts.length > 0)
      throw notLikeS3(what, `its list of parts does not go on behind part ${last}`, 'never');
    isFirst = false;
    if (output.IsTruncated !== true) return;
    const furthest = fresh.at(-1)?.number ?? last;
    if (furthest <= last || furthest > MAX_PARTS)
      throw notLikeS3(what, 'its listing does not advance', 'never');
    last = furthest;
  }
}
