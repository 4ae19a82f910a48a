import type { S3Client } from '@aws-sdk/client-s3';
import { hasHeaders } from './call.ts';

/** What goes with every request of a command, whatever it is about. */
export type FixedHeaders = {
  /** The caller pays for requests and traffic of somebody else's bucket. @default false */
  readonly requestPayer?: boolean | undefined;
  /** The account that must own the bucket; another one refuses. @default anybody */
  readonly expectedBucketOwner?: string | undefined;
};

/** They as headers, by lower-case name. */
export function fixedHeaders({ requestPayer, expectedBucketOwner }: FixedHeaders): Record<string, string> {
  return {
    ...(requestPayer && { 'x-amz-request-payer': 'requester' }),
    ...(expectedBucketOwner !== undefined && { 'x-amz-expected-bucket-owner': expectedBucketOwner }),
  };
}

/** Hangs them into a client: every verb gets them, also those that are yet to be written. */
export function addFixedHeaders(client: S3Client, options: FixedHeaders): void {
  const headers = fixedHeaders(options);
  if (Object.keys(headers).length === 0) return;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { request } = args;
      // Listing buckets is about no bucket: there is no owner to expect, and nobody else to pay.
      if (context.commandName !== 'ListBucketsCommand' && hasHeaders(request))
        Object.assign(request.headers, headers);
      return next(args);
    },
    { step: 'build', name: 'partwiseFixedHeaders' },
  );
}

/** What the SDK's requests that touch an object's bytes take of a customer's key; it makes the headers. */
export function sealedWith(customerKey: Uint8Array | undefined): object {
  return customerKey ? { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey } : {};
}
