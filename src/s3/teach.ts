import type { PartBody } from '../transfer/ports.ts';
import type { Capabilities, ChecksumMode } from './capabilities.ts';

/** Runs requests so that what an endpoint refuses of checksums is learned from. */
export type Teach = {
  /** For one that carries checksum headers; `body`, where there is one, may lack the sum that the mode asks for. */
  sending<T>(request: (mode: ChecksumMode) => Promise<T>, body?: Pick<PartBody, 'sums'>): Promise<T>;
  /** For one that may ask for checksums. */
  reading<T>(request: (asks: boolean) => Promise<T>): Promise<T>;
};

export function createTeach(capabilities: Capabilities): Teach {
  return {
    async sending(request, body) {
      const mode = capabilities.checksums;
      const wasSent = mode !== 'content-md5' || !body || body.sums.md5 !== undefined;
      try {
        const answer = await request(mode);
        if (wasSent) capabilities.confirm(mode);
        return answer;
      } catch (error) {
        throw capabilities.learn(error, mode, wasSent);
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
