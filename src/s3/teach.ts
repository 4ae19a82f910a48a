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
        const answer = await request(mode);
        capabilities.confirm(mode);
        return answer;
      } catch (error) {
        throw capabilities.learn(error, mode);
      }
    },
    async reading(request) {
      const asks = capabilities.readsChecksums;
      try {
        const answer = await request(asks);
        if (!asks) capabilities.confirmReading();
        return answer;
      } catch (error) {
        throw asks ? capabilities.learnReading(error) : error;
      }
    },
  };
}
