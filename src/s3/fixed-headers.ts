import type { S3Client } from '@aws-sdk/client-s3';
import { hasHeaders } from './call.ts';

/** What goes with every request of a command, whatever it is about. */
export type FixedHeaders = {
  /** The caller pays for requests and traffic of somebody else's bucket. @default false */
  readonly requestPayer?: boolean | undefined;
  /** The account that must own the bucket; another one refuses. @default anybody */
  readonly expectedBucketOwner?: string | undefined;
};

/** Hangs them into a client: every verb gets them, also those that are yet to be written. */
export function addFixedHeaders(client: S3Client, { requestPayer, expectedBucketOwner }: FixedHeaders): void {
  if (!requestPayer && expectedBucketOwner === undefined) return;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { request } = args;
      // Listing buckets is about no bucket: there is no owner to expect, and nobody else to pay.
      if (context.commandName !== 'ListBucketsCommand' && hasHeaders(request)) {
        if (requestPayer) request.headers['x-amz-request-payer'] = 'requester';
        if (expectedBucketOwner !== undefined)
          request.headers['x-amz-expected-bucket-owner'] = expectedBucketOwner;
      }
      return next(args);
    },
    { step: 'build', name: 'partwiseFixedHeaders' },
  );
}

/** What the SDK's requests that touch an object's bytes take of a customer's key; it makes the headers. */
export function sealedWith(customerKey: Uint8Array | undefined): object {
  return customerKey ? { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey } : {};
}
