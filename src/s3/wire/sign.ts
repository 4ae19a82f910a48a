import { createHash, createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import type { Identity } from '../session.ts';

/** What of a request is signed: AWS Signature Version 4, docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html. */
export type Signable = {
  readonly method: string;
  /** Percent-encoded, as it goes over the wire; S3 encodes it once. */
  readonly path: string;
  /** Percent-encoded name and value, in any order. */
  readonly query: readonly (readonly [string, string])[];
  /** By lower-case name, `host` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in hex, or `UNSIGNED-PAYLOAD`. */
  readonly payloadHash: string;
};

export type Scope = { readonly region: string; readonly now: Date };

/** Signs a request: the headers that go with it beside its own. */
export type Sign = (request: Signable, identity: Identity, scope: Scope) => Record<string, string>;

/** SHA-256 of no bytes. */
export const NO_BYTES = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What those on the way may change. */
const UNSIGNED = new Set(['connection', 'expect', 'user-agent']);

/** A signer that derives its key once a day for each pair of keys and region. */
export function createSigner(): Sign {
  let derived: { readonly from: string; readonly key: KeyObject } | undefined;
  const keyFor = (secret: string, date: string, region: string): KeyObject => {
    const from = `${date}/${region}/${secret}`;
    if (derived?.from !== from) {
      const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(Buffer.from(`AWS4${secret}`), date), region));
      derived = { from, key: createSecretKey(key) };
    }
    return derived.key;
  };
  return (request, identity, { region, now }) => {
    const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
    const date = time.slice(0, 8);
    const own = {
      'x-amz-content-sha256': request.payloadHash,
      'x-amz-date': time,
      ...(identity.sessionToken && { 'x-amz-security-token': identity.sessionToken }),
    };
    const headers: Readonly<Record<string, string>> = { ...request.headers, ...own };
    // Names are ASCII: by UTF-16 they sort as by bytes.
    const signed = Object.keys(headers)
      .filter((name) => !UNSIGNED.has(name))
      .toSorted();
    const names = signed.join(';');
    let canonical = `${request.method}\n${request.path}\n${queryOf(request.query)}\n`;
    for (const name of signed) canonical += `${name}:${canonicalValue(headers[name] ?? '')}\n`;
    canonical += `\n${names}\n${request.payloadHash}`;
    const scope = `${date}/${region}/s3/aws4_request`;
    // As the bytes that are sent: headers go out in Latin-1.
    const digest = hash('sha256', Buffer.from(canonical, 'latin1'), 'hex');
    const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${digest}`;
    const key = keyFor(identity.secretAccessKey, date, region);
    const signature = createHmac('sha256', key).update(text).digest('hex');
    return {
      ...own,
      authorization: `AWS4-HMAC-SHA256 Credential=${identity.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
  };
}

/** Without space around it, and one where there are several. */
function canonicalValue(value: string): string {
  const bare = value.trim();
  // Hardly any value has them, and every request has ten.
  return bare.includes('  ') || bare.includes('\t') ? bare.replace(/[\t ]+/g, ' ') : bare;
}

/** A query as it is signed, and sent: sorted by name. */
export function queryOf(query: Signable['query']): string {
  if (query.length === 0) return '';
  // By name alone: "a=" comes before "a-b=", though "=" comes after "-".
  return query
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
