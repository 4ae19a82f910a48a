import { ByteReader } from './byte-reader.ts';
import type { ChunkSignatures } from './chunk-signatures.ts';
import { S3Error } from './s3-error.ts';

const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/** The bytes inside an aws-chunked body; `trailers` is filled when the last of them has been taken. */
export async function* decodeChunks(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
  signatures: ChunkSignatures | undefined,
): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source);
  for (;;) {
    const chunk = parseChunkLine(await reader.readLine());
    for (let left = chunk.size; left > 0; ) {
      const piece = await reader.readBytes(left);
      left -= piece.length;
      signatures?.update(piece);
      yield piece;
    }
    signatures?.endChunk(chunk.signature);
    if (chunk.size === 0) break;
    if ((await reader.readLine()) !== '') throw malformed();
  }
  await readTrailers(reader, trailers, signatures);
}

async function readTrailers(
  reader: ByteReader,
  trailers: Map<string, string>,
  signatures: ChunkSignatures | undefined,
): Promise<void> {
  let signedLines = '';
  // To the very end: bytes left unread would be taken for the next request.
  for (let line = await reader.readLine(); line !== undefined; line = await reader.readLine()) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name !== TRAILER_SIGNATURE) signedLines += `${name}:${value}\n`;
    trailers.set(name, value);
  }
  if (signedLines !== '') signatures?.endTrailers(signedLines, trailers.get(TRAILER_SIGNATURE));
}

function parseChunkLine(line: string | undefined): {
  readonly size: number;
  readonly signature: string | undefined;
} {
  const match = /^([0-9a-f]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(line ?? '');
  if (match === null) throw malformed();
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] };
}

function malformed(): S3Error {
  return new S3Error(400, 'IncompleteBody', 'The chunked request body is malformed.');
}
