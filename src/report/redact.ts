const MASK = '***';

/** Shorter ones are no secrets worth the name, and would blank out words of names (`test`). */
const SHORTEST_SECRET = 8;

/** Escaped quotes inside stay inside; the closing one may be missing. */
const QUOTED = String.raw`"(?:[^"\\\r\n]|\\.)*"?|'(?:[^'\\\r\n]|\\.)*'?`;
/** Quoted, or up to where a value ends in a query, a header or JSON. */
const VALUE = `(?:${QUOTED}|[^\\s"'&,;<>]+)`;
/** From a name to its value: `=`, `:`, `=>`, the `=` of a query within a query, or the next of a list of strings. */
const SEPARATOR = String.raw`(?:["'\\]{0,4}[ \t]{0,8}(?:=>?|:|%3D)|["'],)[ \t]{0,8}\\?`;
const NAMES = [
  'secret[_-]?(?:access[_-]?)?key',
  '(?:session|security)[_-]?token',
  'customer-?key(?:-?md5)?',
  'password',
];

/** Every pattern is linear: each quantifier runs over a class that excludes what follows it, or is bounded. */
const PATTERNS: readonly RegExp[] = [
  // The whole header, since its schemes differ in where the secret stands: unquoted, up to the end of the line.
  new RegExp(`(authorization${SEPARATOR})(?:${QUOTED}|[^"'\\r\\n][^\\r\\n]*)`, 'gi'),
  new RegExp(`((?:${NAMES.join('|')})${SEPARATOR})${VALUE}`, 'gi'),
  // As words of prose ("signature: the one we computed") these two are harmless; as parameters they are not.
  new RegExp(String.raw`((?:signature|credential)["'\\]{0,4}(?:=|%3D|["']:)[ \t]{0,8}\\?)${VALUE}`, 'gi'),
  // The shared access signature of Azure.
  new RegExp(`((?:[?&]|%26|%3F)sig(?:=|%3D))${VALUE}`, 'gi'),
  /(<(?:SignatureProvided|SecretAccessKey|SessionToken|AWSAccessKeyId)>)[^<]*/gi,
  // User info of a URL; the run ends at the first slash, so a key like `s3://bucket/me@example.com` stays.
  /(:\/\/)[^\s/?#"'<>]*(?=@)/g,
];

/**
 * Removes secrets from a text: credentials in headers, queries, settings and URLs by their shape, and the
 * literal `secrets` wherever they stand, also percent-encoded or inside JSON. Call it before `safeText`.
 */
export function redact(text: string, secrets: readonly string[] = []): string {
  const known = literals(secrets).reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  return PATTERNS.reduce((rest, pattern) => rest.replace(pattern, `$1${MASK}`), known);
}

/** Long enough that no name or value can be one by chance: a key of AWS has 40 characters, a customer's key 44. */
const UNMISTAKABLE_CHARS = 20;

/**
 * Masks nothing but literal secrets, and only those that cannot be mistaken: for data, whose names must stay what they
 * are. A server may repeat a secret in a key, an ETag or an id.
 */
export function createMask(secrets: readonly string[]): (text: string) => string {
  let known = 0;
  let forms: readonly string[] = [];
  return (text) => {
    // More become known while a command runs.
    if (secrets.length !== known) {
      known = secrets.length;
      forms = literals(secrets.filter(({ length }) => length >= UNMISTAKABLE_CHARS));
    }
    return forms.reduce(
      (rest, secret) => (rest.includes(secret) ? rest.replaceAll(secret, MASK) : rest),
      text,
    );
  };
}

/** Longest first, so that a secret that contains another is not left in halves. */
function literals(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) =>
    secret.length < SHORTEST_SECRET
      ? []
      : [
          secret,
          encodeURIComponent(secret.replace(/\p{Cs}/gu, '\ufffd')),
          JSON.stringify(secret).slice(1, -1),
        ],
  );
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
}
