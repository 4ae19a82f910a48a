import type { PageOptions, Store } from '../transfer/ports.ts';
import { MAX_PAGE_BYTES } from './answer.ts';
import { asGone, BEGUN_ROOTS, dateOf, noneIfUnknown } from './begun.ts';
import { completeUpload } from './complete-upload.ts';
import { COMPLETED } from './complete-request.ts';
import { base64Of, unquote } from './encoding.ts';
import { LIST_LIMIT_MS } from './call.ts';
import { notLikeS3 } from './errors.ts';
import { CHECKSUMS, versionOf } from './object-info.ts';
import { OBJECT_SIZE } from './object-size.ts';
import type { Session } from './session.ts';
import { describe } from './stored.ts';
import type { StoreSettings } from './store-settings.ts';
import { createTeach } from './teach.ts';
import { ask, type MakeRequest } from './wire/ask.ts';
import { completeDocument } from './wire/complete.ts';
import { sealedHeaders } from './wire/customer-key.ts';
import { headersFor } from './wire/object-headers.ts';
import { NO_BYTES, sha256Of } from './wire/sign.ts';
import type { Wire } from './wire/wire.ts';
import { elementText } from './xml-element.ts';

type Verbs = Pick<Store, 'beginUpload' | 'completeUpload' | 'abortUpload'> & {
  /** Whether there may be unfinished uploads of a key: a page without any is all that most puts ever see. */
  mayHaveUploads(bucket: string, key: string, options: PageOptions): Promise<boolean>;
};

/** The requests around the parts of an upload: with these a put needs nothing of the SDK, which takes 0.2 s to load. */
export function wireUploads(wire: Wire, session: Session, settings: StoreSettings): Verbs {
  const { capabilities, combinesParts } = settings;
  const { algorithm } = capabilities;
  const teach = createTeach(capabilities);
  const sealed = sealedHeaders(settings.customerKey);
  return {
    async beginUpload(object, { signal, as = {} }) {
      const what = `begin the upload of ${describe(object)}`;
      return await teach.sending((mode) => {
        const checksum = {
          'x-amz-checksum-algorithm': CHECKSUMS[algorithm].name,
          'x-amz-checksum-type': combinesParts ? 'FULL_OBJECT' : 'COMPOSITE',
        };
        const make: MakeRequest = () => ({
          method: 'POST',
          bucket: object.bucket,
          key: object.key,
          query: { uploads: '' },
          headers: {
            'content-type': 'application/octet-stream',
            ...headersFor({ ...as, condition: undefined }),
            ...sealed,
            ...(mode === 'header' && checksum),
          },
          payloadHash: NO_BYTES,
          body: { size: 0, write: undefined },
        });
        const rules = { what, signal, roots: BEGUN_ROOTS, nonsense: 'never' as const };
        return ask(wire, session, make, rules, (document, { headers }) => {
          const uploadId = elementText(document, 'UploadId');
          if (!uploadId) throw notLikeS3(what, 'no upload id in its answer', 'never');
          return { bucket: object.bucket, key: object.key, uploadId, begunAt: dateOf(headers) };
        });
      });
    },

    async completeUpload(upload, receipts, { signal, whole, local = [], condition, size }) {
      const what = `complete ${describe(upload)}`;
      return await completeUpload({ receipts, local, size, capabilities }, (sums, told) => {
        const document = completeDocument(receipts, algorithm, sums.parts);
        const sum = sums.isWholeTold && combinesParts ? whole?.[algorithm] : undefined;
        const make: MakeRequest = () => ({
          method: 'POST',
          bucket: upload.bucket,
          key: upload.key,
          query: { uploadId: upload.uploadId },
          headers: {
            'content-type': 'application/xml',
            ...headersFor({ condition }),
            ...(told !== undefined && { [OBJECT_SIZE]: String(told) }),
            ...sealed,
            ...(sum && {
              [`x-amz-checksum-${algorithm}`]: base64Of(sum),
              'x-amz-checksum-type': 'FULL_OBJECT',
            }),
          },
          payloadHash: sha256Of(document),
          body: {
            size: document.byteLength,
            write: async (write) => {
              await write(document);
              return true;
            },
          },
        });
        return ask(wire, session, make, { what, signal, ...COMPLETED }, (text, { headers }) => ({
          etag: unquote(elementText(text, 'ETag')),
          versionId: versionOf(headers['x-amz-version-id']),
        }));
      });
    },

    async abortUpload(upload, { signal }) {
      const what = `abort upload ${upload.uploadId} of ${describe(upload)}`;
      const make: MakeRequest = () => ({
        method: 'DELETE',
        bucket: upload.bucket,
        key: upload.key,
        query: { uploadId: upload.uploadId },
        headers: {},
        payloadHash: NO_BYTES,
      });
      return await ask(wire, session, make, { what, signal }, () => 'aborted' as const).catch(asGone);
    },

    async mayHaveUploads(bucket, key, { signal, repeat }) {
      const what = `list the unfinished uploads of s3://${bucket}/${key}`;
      const make: MakeRequest = () => ({
        method: 'GET',
        bucket,
        key: '',
        query: { uploads: '', 'encoding-type': 'url', ...(key && { prefix: key }) },
        headers: {},
        payloadHash: NO_BYTES,
      });
      const roots = ['ListMultipartUploadsResult'];
      const rules = { what, signal, roots, maxBytes: MAX_PAGE_BYTES, limitMs: LIST_LIMIT_MS };
      const page = await repeat(() => ask(wire, session, make, rules, (document) => document)).catch(
        noneIfUnknown,
      );
      return page !== undefined && (/<Upload[\s>/]/.test(page) || isTruncated(page));
    },
  };
}

function isTruncated(page: string): boolean {
  const told = elementText(page, 'IsTruncated');
  return told !== undefined && told.trim().toLowerCase() !== 'false';
}
