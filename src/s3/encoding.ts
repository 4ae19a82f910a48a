/** SHA-256 and the like travel as base64 on the wire and as hex inside. */
export function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

export function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

/** An ETag without its quotes (and without the weak mark some proxies add). */
export function unquote(etag: string | undefined): string | undefined {
  const bare = etag?.replace(/^W\//, '').replace(/^"(.*)"$/, '$1');
  return bare === '' ? undefined : bare;
}

/** An ETag as a condition wants it. */
export function quote(etag: string): string {
  return `"${etag}"`;
}

/** A key as a listing with `encoding-type=url` writes it: percent-encoded, and a space as `+` on some servers. */
export function decodeKey(encoded: string): string {
  if (!encoded.includes('%')) return encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  try {
    return decodeURIComponent(encoded.replaceAll('+', '%20'));
  } catch {
    return encoded; // a server that ignored the encoding type sends the key itself
  }
}
