import {
  GetBucketLifecycleConfigurationCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import type { Cancellable, Sums } from '../transfer/ports.ts';
import { call, type Caller, hasHeaders } from './call.ts';
import { base64Of } from './encoding.ts';

/**
 * The lifecycle configuration of buckets, as the document it is: what this program does not know in other people's
 * rules is kept to the letter. No part of the store port: no transfer needs it.
 */
export type Lifecycle = {
  /** The document; empty where the bucket has none. */
  read(bucket: string, options: Cancellable): Promise<string>;
  /** Replaces the document; S3 wants the sum of its bytes. */
  write(bucket: string, document: string, options: Cancellable & { readonly sums: Sums }): Promise<void>;
};

/** Asks through the same client as the store. */
export function createLifecycle(caller: Caller): Lifecycle {
  return {
    async read(bucket, { signal }) {
      let document = '';
      const what = `read the lifecycle rules of s3://${bucket}`;
      const roots = ['LifecycleConfiguration', 'LifecycleConfigurationResult'];
      const onDocument = (text: string): void => void (document = text);
      const make = (): object => new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
      try {
        return await call(caller, make, { signal, what, roots, onDocument }, () => document);
      } catch (error) {
        if (error instanceof TransferError && error.code === 'NoSuchLifecycleConfiguration') return '';
        throw error;
      }
    },
    async write(bucket, document, { signal, sums }) {
      const what = `write the lifecycle rules of s3://${bucket}`;
      const make = (): object => commandWith(bucket, document, sums);
      await call(caller, make, { signal, what, roots: [] }, () => undefined);
    },
  };
}

/** The SDK's command with a body of ours; Content-MD5 is what every server takes. */
function commandWith(bucket: string, document: string, { md5 = '' }: Sums): object {
  const command = new PutBucketLifecycleConfigurationCommand({
    Bucket: bucket,
    LifecycleConfiguration: { Rules: [] },
  });
  command.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (hasHeaders(request)) {
        for (const name of Object.keys(request.headers))
          if (/^x-amz-(?:checksum|sdk-checksum)/i.test(name)) Reflect.deleteProperty(request.headers, name);
        request.headers['content-md5'] = base64Of(md5);
        request.headers['content-length'] = String(Buffer.byteLength(document));
        Object.assign(request, { body: document });
      }
      return next(args);
    },
    // Behind what the SDK makes of its own body, before the signature.
    { step: 'build', priority: 'low', name: 'partwiseDocument' },
  );
  return command;
}

/** A store that can also be asked for the lifecycle of its buckets. */
export type WithLifecycle = { readonly lifecycle: Lifecycle };

/** Whether a store has buckets with a lifecycle: those of this room do. */
export function hasLifecycle(store: object): store is WithLifecycle {
  return 'lifecycle' in store;
}
