/** An encoded word may have 75 characters; `=?UTF-8?B?` and `?=` are twelve, and base64 makes four of three. */
const BYTES_OF_A_WORD = 45;
const WORD = /=\?utf-8\?([bq])\?([^?]*)\?=/gi;

/**
 * A metadata value as HTTP headers carry it: text outside ASCII as encoded words (RFC 2047), which is how S3 hands
 * it back too: docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html.
 */
export function encodeHeader(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let bytes: number[] = [];
  const end = (): void => {
    if (bytes.length > 0) words.push(`=?UTF-8?B?${Buffer.from(bytes).toString('base64')}?=`);
    bytes = [];
  };
  // A character is never cut.
  for (const character of text) {
    const more = new TextEncoder().encode(character);
    if (bytes.length + more.length > BYTES_OF_A_WORD) end();
    bytes.push(...more);
  }
  end();
  return words.join(' ');
}

/** The text of a header with encoded words. */
export function decodeHeader(header: string): string {
  // White space between two encoded words belongs to neither.
  const joined = header.replace(/\?=\s+=\?/g, '?==?');
  return joined.replace(WORD, (_, how: string, text: string) =>
    how.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : decodeQ(text),
  );
}

function decodeQ(text: string): string {
  const bytes = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
