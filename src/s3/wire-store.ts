import { throwIfAborted } from '../transfer/errors.ts';
import type { ObjectLocation, PartBody, Range, ReadOptions, SendOptions, Store } from '../transfer/ports.ts';
import { partName } from './answer.ts';
import { FIRST_BYTE, type Looked, lookTwice } from './ask-by-get.ts';
import type { ChecksumMode } from './capabilities.ts';
import { base64Of, quote } from './encoding.ts';
import type { WithLifecycle } from './lifecycle.ts';
import { listObjects } from './list-objects.ts';
import { type StoredOutput, versionOf } from './object-info.ts';
import { LIMITS, rangeHeader, type RangeOutput, readRange } from './read-range.ts';
import { meterOf } from './sending.ts';
import type { Session } from './session.ts';
import { asConflict, describe, requireSealed, statOf, storedOf } from './stored.ts';
import type { OpenSdkStore } from './sdk.ts';
import { payloadHashOf, type StoreSettings, UNSIGNED_PAYLOAD } from './store-settings.ts';
import type { OpenCall } from './supervise.ts';
import { createTeach } from './teach.ts';
import { wireUploads } from './wire-uploads.ts';
import { ask, type MakeRequest, open } from './wire/ask.ts';
import { sealedHeaders } from './wire/customer-key.ts';
import { headersFor } from './wire/object-headers.ts';
import { rangeOutput, storedOutput } from './wire/outputs.ts';
import { NO_BYTES } from './wire/sign.ts';
import { bodyWriter } from './wire/put-body.ts';
import { collectWhole } from './wire/whole.ts';
import { pagesByWire } from './wire/pages.ts';
import type { Wire } from './wire/wire.ts';

export type WireStoreOptions = StoreSettings & {
  readonly wire: Wire;
  readonly session: Session;
  /** The store for everything else, loaded when it is first needed. */
  readonly sdk: () => Promise<OpenSdkStore>;
};

const OCTETS = { 'content-type': 'application/octet-stream' };

/**
 * The store port with the verbs that move bytes or list keys sent by our own hand, at a fraction of the SDK's CPU; all
 * others, and buckets that need more than plain requests, go through the SDK.
 */
export function createWireStore(options: WireStoreOptions): Store & WithLifecycle {
  const { wire, session, sdk, capabilities, readTimeoutMs, customerKey } = options;
  const { algorithm } = capabilities;
  const teach = createTeach(capabilities);
  const sealed = sealedHeaders(customerKey);
  const uploads = wireUploads(wire, session, options);
  const listing = { ask: pagesByWire(wire, session, async () => (await sdk()).askPage), capabilities };

  /** Sends a body to where `to` says, and reads off the answer what was stored. */
  const send = (
    what: string,
    to: Pick<ObjectLocation, 'bucket' | 'key'>,
    body: PartBody,
    how: SendOptions & {
      readonly query: Readonly<Record<string, string>>;
      readonly headers: Readonly<Record<string, string>>;
    },
  ): Promise<StoredOutput> =>
    teach.sending((mode) => {
      const make: MakeRequest = (signs) => ({
        method: 'PUT',
        bucket: to.bucket,
        key: to.key,
        query: how.query,
        headers: { ...OCTETS, ...how.headers, ...sealed, ...checksumHeaders(mode, body) },
        payloadHash: payloadHashOf(options, body) ?? UNSIGNED_PAYLOAD,
        body: {
          size: body.size,
          write: bodyWriter(body, meterOf(body, how, signs, readTimeoutMs), how, signs),
        },
      });
      const rules = { what, signal: how.signal, limitMs: readTimeoutMs, roots: [] };
      return ask(wire, session, make, rules, (_, { headers }) => {
        const output = storedOutput(headers);
        requireSealed(what, customerKey, output);
        return output;
      });
    }, body);

  const checksumHeaders = (mode: ChecksumMode, { sums }: PartBody): Record<string, string> => {
    const sum = sums[algorithm];
    if (mode === 'header' && sum !== undefined) return { [`x-amz-checksum-${algorithm}`]: base64Of(sum) };
    return mode === 'content-md5' && sums.md5 ? { 'content-md5': base64Of(sums.md5) } : {};
  };

  const openRange = async (
    object: ObjectLocation,
    range: Range,
    signal: AbortSignal,
    what: string,
    { etag, lastModified }: Partial<ReadOptions> = {},
  ): Promise<OpenCall<RangeOutput>> => {
    const make: MakeRequest = () => ({
      ...requestFor('GET', object),
      headers: {
        ...sealed,
        range: rangeHeader(range),
        ...(etag
          ? { 'if-match': quote(etag) }
          : lastModified && { 'if-unmodified-since': lastModified.toUTCString() }),
      },
    });
    const limits = { signal, what, limitMs: readTimeoutMs, ...LIMITS };
    const opened = await open(wire, session, make, limits);
    return { ...opened, output: rangeOutput(opened.seen.headers, opened.output.body) };
  };

  return {
    endpoint: options.endpoint,
    shape: options.shape,
    describe,
    get wantedSums() {
      return capabilities.wantedSums;
    },

    async stat(object, { signal }) {
      if (!wire.serves(object.bucket)) return (await sdk()).stat(object, { signal });
      const what = `look at ${describe(object)}`;
      return await teach.reading(async (asks) => {
        const make: MakeRequest = () => ({
          ...requestFor('HEAD', object),
          headers: { ...sealed, ...(asks && { 'x-amz-checksum-mode': 'ENABLED' }) },
        });
        const head = (): Promise<Looked> =>
          ask(wire, session, make, { what, signal }, (_, { headers }) => ({
            output: storedOutput(headers),
            headers,
          }));
        const { output, headers } = await lookTwice(head, () => openRange(object, FIRST_BYTE, signal, what));
        return statOf(what, object.key, output, headers, customerKey);
      });
    },

    async *read(object, range, options) {
      const { signal } = options;
      throwIfAborted(signal);
      if (!wire.serves(object.bucket)) return yield* (await sdk()).read(object, range, options);
      const what = `get ${describe(object)}`;
      yield* readRange(what, range, options, () => openRange(object, range, signal, what, options));
    },

    async readWhole(object, { signal, maxBytes }) {
      if (!wire.serves(object.bucket)) return (await sdk()).readWhole(object, { signal, maxBytes });
      const what = `get ${describe(object)}`;
      return await teach.reading(async (asks) => {
        const make: MakeRequest = () => ({
          ...requestFor('GET', object),
          headers: { ...sealed, ...(asks && { 'x-amz-checksum-mode': 'ENABLED' }) },
        });
        const limits = { signal, what, limitMs: readTimeoutMs, ...LIMITS };
        const opened = await open(wire, session, make, limits);
        const { headers } = opened.seen;
        // Without a length nobody knows how much will come: it is looked at first.
        if (headers['content-length'] === undefined) {
          opened.stop();
          opened.output.body.destroy();
          return (await sdk()).readWhole(object, { signal, maxBytes });
        }
        return await collectWhole(opened, maxBytes, what, () =>
          statOf(what, object.key, storedOutput(headers), headers, customerKey),
        );
      });
    },

    async put(object, body, { as = {}, ...how }) {
      if (!wire.serves(object.bucket)) return (await sdk()).put(object, body, { as, ...how });
      const what = `put ${describe(object)}`;
      const output = await send(what, object, body, { ...how, query: {}, headers: headersFor(as) }).catch(
        (error: unknown) => Promise.reject(asConflict(error)),
      );
      return { ...storedOf(what, body, output), versionId: versionOf(output.VersionId) };
    },

    async uploadPart(upload, part, body, how) {
      if (!wire.serves(upload.bucket)) return (await sdk()).uploadPart(upload, part, body, how);
      const what = partName(describe(upload), part);
      const query = { partNumber: String(part.number), uploadId: upload.uploadId };
      const output = await send(what, upload, body, { ...how, query, headers: {} });
      return { number: part.number, ...storedOf(what, body, output) };
    },

    partSize: async (object, number, how) => (await sdk()).partSize(object, number, how),
    beginUpload: async (object, how) =>
      (wire.serves(object.bucket) ? uploads : await sdk()).beginUpload(object, how),
    completeUpload: async (upload, receipts, how) =>
      (wire.serves(upload.bucket) ? uploads : await sdk()).completeUpload(upload, receipts, how),
    abortUpload: async (upload, how) =>
      (wire.serves(upload.bucket) ? uploads : await sdk()).abortUpload(upload, how),
    async *listParts(upload, how) {
      yield* (await sdk()).listParts(upload, how);
    },
    async *listBuckets(how) {
      yield* (await sdk()).listBuckets(how);
    },
    listObjects: (bucket, prefix, how) => listObjects(listing, bucket, prefix, how),
    async *listVersions(bucket, prefix, how) {
      yield* (await sdk()).listVersions(bucket, prefix, how);
    },
    async *listUploads(bucket, prefix, how) {
      const asksHere = how.exactKey && wire.serves(bucket);
      if (asksHere && !(await uploads.mayHaveUploads(bucket, prefix, how))) return;
      yield* (await sdk()).listUploads(bucket, prefix, how);
    },
    lifecycle: {
      read: async (bucket, how) => (await sdk()).lifecycle.read(bucket, how),
      write: async (bucket, document, how) => (await sdk()).lifecycle.write(bucket, document, how),
    },
  };
}

/** A request without a body about an object, or one version of it. */
function requestFor(
  method: 'GET' | 'HEAD',
  { bucket, key, versionId }: ObjectLocation,
): Omit<ReturnType<MakeRequest>, 'headers'> {
  return { method, bucket, key, query: versionId ? { versionId } : {}, payloadHash: NO_BYTES };
}
