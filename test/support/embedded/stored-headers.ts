const KEPT =
  /^(?:content-type|cache-control|content-disposition|content-language|expires|x-amz-storage-class|x-amz-server-side-encryption|x-amz-website-redirect-location|x-amz-meta-.+)$/;

/** The headers of an upload that come back with the object. */
export function pickStoredHeaders(headers: ReadonlyMap<string, string>): Record<string, string> {
  const kept = Object.fromEntries([...headers].filter(([name]) => KEPT.test(name)));
  // aws-chunked describes the transfer, not the object.
  const encodings = (headers.get('content-encoding') ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  if (encodings.length > 0) kept['content-encoding'] = encodings.join(',');
  return kept;
}

/** Those headers as GET and HEAD send them. */
export function showStoredHeaders(stored: Readonly<Record<string, string>>): Record<string, string> {
  const shown = { 'content-type': 'binary/octet-stream', ...stored };
  // S3 names every storage class but the standard one.
  return Object.fromEntries(
    Object.entries(shown).filter(([name, value]) => name !== 'x-amz-storage-class' || value !== 'STANDARD'),
  );
}
