import type { Capabilities, ChecksumMode } from './capabilities.ts';

/** Runs requests so that what an endpoint refuses of checksums is learned from. */
export type Teach = {
  /** For one that carries checksum headers. */
  sending<T>(request: (mode: ChecksumMode) => Promise<T>): Promise<T>;
  /** For one that may ask for checksums. */
  reading<T>(request: (asks: boolean) => Promise<T>): Promise<T>;
};

export function createTeach(capabilities: Capabilities): Teach {
  return {
    async sending(request) {
      const mode = capabilities.checksums;
      try {
        return await request(mode);
      } catch (error) {
        throw capabilities.learn(error, mode);
      }
    },
    async reading(request) {
      const asks = capabilities.readsChecksums;
      try {
        return await request(asks);
      } catch (error) {
        throw asks ? capabilities.learnReading(error) : error;
      }
    },
  };
}
