import { afterAll, beforeAll, describe } from 'vitest';
import type { Store } from '../../src/transfer/ports.ts';
import { describeListings } from './listings-contract.ts';
import { describeObjects } from './objects-contract.ts';
import { describeUploads } from './uploads-contract.ts';

/** A store to hold to its port, with one bucket that the tests may fill. */
export type OpenedStore = {
  readonly store: Store;
  readonly bucket: string;
  close(): Promise<void>;
};

/** The opened store; readable once the tests run. */
export type Subject = { readonly store: Store; readonly bucket: string };

/** What every store must do, whatever it is made of; the engine relies on nothing else. */
export function describeStore(name: string, open: () => Promise<OpenedStore>): void {
  describe(`the store port over ${name}`, () => {
    let opened: OpenedStore | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.close());
    const current = (): OpenedStore => {
      if (!opened) throw new Error('the store is open only while tests run');
      return opened;
    };
    const subject: Subject = {
      get store() {
        return current().store;
      },
      get bucket() {
        return current().bucket;
      },
    };
    describeObjects(subject);
    describeUploads(subject);
    describeListings(subject);
  });
}
