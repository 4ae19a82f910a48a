import { createHash } from 'node:crypto';
import type { Authorisation } from './authorisation.ts';
import { S3Error } from './s3-error.ts';
import { hashText } from './signature.ts';

/** Checks the chain of signatures in a body of signed chunks, each built on the one before. */
export interface ChunkSignatures {
  update(piece: Uint8Array): void;
  endChunk(signature: string | undefined): void;
  endTrailers(trailerLines: string, signature: string | undefined): void;
}

/** Starts the chain from the signature of the request itself. */
export function followSignatures(authorisation: Authorisation): ChunkSignatures {
  const { terms, sign } = authorisation;
  let previous = authorisation.signature;
  let hash = createHash('sha256');

  const check = (kind: string, hashes: readonly string[], signature: string | undefined): void => {
    const expected = sign([kind, terms.timestamp, terms.scope, previous, ...hashes].join('\n'));
    if (signature !== expected) {
      throw new S3Error(403, 'SignatureDoesNotMatch', 'The signature of a chunk does not match.');
    }
    previous = expected;
  };

  return {
    update: (piece) => {
      hash.update(piece);
    },
    endChunk: (signature) => {
      check('AWS4-HMAC-SHA256-PAYLOAD', [hashText(''), hash.digest('hex')], signature);
      hash = createHash('sha256');
    },
    endTrailers: (trailerLines, signature) => {
      check('AWS4-HMAC-SHA256-TRAILER', [hashText(trailerLines)], signature);
    },
  };
}
