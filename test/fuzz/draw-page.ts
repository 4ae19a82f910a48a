import type { Random } from '../soak/random.ts';

type Words = readonly [string, ...string[]];

const CHARACTERS: Words = [
  'a',
  'b',
  '/',
  ' ',
  '+',
  '%',
  '%20',
  '%ZZ',
  'é',
  '～',
  '😀',
  '\n',
  '\r',
  '\t',
  '"',
  "'",
  ';',
  '#',
];
const REFERENCES: Words = [
  '&amp;',
  '&lt;',
  '&gt;',
  '&quot;',
  '&apos;',
  '&#65;',
  '&#x41;',
  '&#10;',
  '&#13;',
  '&#0;',
  '&#x1F600;',
  '&#xD83D;&#xDE00;',
  '&#xD83D;',
  '&#x110000;',
  '&#00000065;',
  '&#xFFFF;',
];
const DATES: Words = [
  '2026-01-02T03:04:05.000Z',
  '2026-01-02T03:04:05Z',
  '2026-02-30T00:00:00.000Z',
  '2026-01-02T03:04:05.123456Z',
  '2026-01-02T03:04:05+01:00',
  '2026-01-02T03:04:05.000',
  '2026-01-02 03:04:05',
  '2026-01-02',
  '2026-12-31T23:59:60Z',
  '0001-01-01T00:00:00Z',
  'Fri, 02 Jan 2026 03:04:05 GMT',
  'Fri, 02 Jan 2026 03:04:05',
  'Fri Jan  2 03:04:05 2026',
  'yesterday',
  '1767323045',
  '',
];
const SIZES: Words = ['0', '1', '5368709120', '', '-1', '1e3', ' 5', '007', '99999999999999999999'];
const ETAGS: Words = [
  '&quot;ab-1&quot;',
  '"ab"',
  'ab',
  'W/"ab"',
  '""',
  '',
  '&#34;ab&#34;',
  '"ab',
  '&quot;ab',
];
const TEXTS: Words = [
  'STANDARD',
  'GLACIER',
  'CRC32',
  '',
  ' ',
  'a&amp;b',
  'x\ny',
  '\n',
  'true',
  'false',
  'null',
  'url',
  '3',
];
const STRANGERS: Words = [
  '<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>',
  '<Owner/>',
  '<Owner>a<ID>1</ID></Owner>',
  '<UserMetadata><Items><Key>k</Key></Items></UserMetadata>',
  '<Other>a &amp; <B>c</B> d</Other>',
  '<Other b="c>d">e</Other>',
  '<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>',
  '<!-- a remark -->',
  '<![CDATA[a < b &amp; c]]>',
  '<?x y?>',
  'text',
  '<lower>1</lower>',
  '<__proto__>1</__proto__>',
  '<constructor>1</constructor>',
  '<EncodingType>url</EncodingType>',
];
/** What accidents and attacks put into a document. */
const ACCIDENTS: Words = [
  ...STRANGERS,
  ...REFERENCES,
  '<',
  '>',
  '</',
  '/>',
  '&',
  '&bad;',
  '&constructor;',
  '"',
  ' ',
  '\n',
  '\r\n',
  '\0',
  ']]>',
  '<!--',
  '<!-->',
  '-->',
  '<![CDATA[',
  '<?',
  '<!DOCTYPE x>',
  '<Key>',
  '</Key>',
  '<a/>',
  '<Contents>',
  '</Contents>',
  '<Contents/>',
  '<Size>1</Size>',
  '</ListBucketResult>',
  '<Error><Code>SlowDown</Code></Error>',
];

/** A page of a listing of objects: as servers write it, or a little beside. */
export function drawPage(random: Random): string {
  const oddity = random.pick([0, 0, 0.02, 0.1]);
  const gap = random.pick(['', '', '', '\n', '\n  ', ' ']);
  const isUrl = random.chance(0.5);
  const entries = drawEntries(random, oddity, gap);
  const head = [
    leaf(random, 'Name', 'b', oddity),
    leaf(random, 'Prefix', random.pick(TEXTS), oddity),
    leaf(random, 'IsTruncated', random.pick(['true', 'false', 'True', '']), oddity),
    random.chance(0.5) ? leaf(random, 'KeyCount', random.pick(TEXTS), oddity) : '',
    random.chance(0.3) ? leaf(random, 'NextContinuationToken', drawText(random), oddity) : '',
    random.chance(0.3) ? leaf(random, 'NextMarker', drawText(random), oddity) : '',
    isUrl ? '<EncodingType>url</EncodingType>' : '',
    random.chance(oddity) ? random.pick(STRANGERS) : '',
  ].join(gap);
  const prolog = random.pick(['<?xml version="1.0" encoding="UTF-8"?>\n', '<?xml version="1.0"?>', '']);
  const namespace = random.pick([' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', '']);
  const inside = random.chance(0.5) ? head + gap + entries : entries + gap + head;
  return `${prolog}<ListBucketResult${namespace}>${gap}${inside}${gap}</ListBucketResult>${random.pick(['', '\n'])}`;
}

/** A document with some accidents: pieces cut out, doubled, replaced, repeated; or the end cut off. */
export function damage(random: Random, document: string): string {
  let text = document;
  for (let left = random.whole(1, 4); left > 0; left--) {
    const at = random.whole(0, text.length);
    const length = random.pick([0, 0, 1, random.whole(0, 40)]);
    const piece = random.chance(0.2) ? text.slice(at, at + random.whole(0, 200)) : random.pick(ACCIDENTS);
    const times = random.chance(0.03) ? random.pick([70, 9000, 70_000]) : 1;
    text = text.slice(0, at) + piece.repeat(times) + text.slice(at + length);
  }
  return random.chance(0.15) ? text.slice(0, random.whole(0, text.length)) : text;
}

function drawEntries(random: Random, oddity: number, gap: string): string {
  const entries = Array.from({ length: random.whole(0, 6) }, () => drawEntry(random, oddity));
  const prefixes = Array.from(
    { length: random.whole(0, 2) },
    () => `<CommonPrefixes>${leaf(random, 'Prefix', drawText(random), oddity)}</CommonPrefixes>`,
  );
  return [...entries, ...prefixes].join(gap);
}

function drawEntry(random: Random, oddity: number): string {
  const odd = (usual: string, words: Words): string =>
    random.chance(oddity * 3) ? random.pick(words) : usual;
  const elements = [
    leaf(random, 'Key', drawText(random), oddity),
    leaf(random, 'LastModified', odd('2026-01-02T03:04:05.000Z', DATES), oddity),
    leaf(random, 'ETag', odd('&quot;ab-1&quot;', ETAGS), oddity),
    random.chance(0.3) ? leaf(random, 'ChecksumAlgorithm', odd('CRC32', TEXTS), oddity) : '',
    leaf(random, 'Size', odd(String(random.whole(0, 1e9)), SIZES), oddity),
    leaf(random, 'StorageClass', odd('STANDARD', TEXTS), oddity),
    random.chance(oddity) ? random.pick(STRANGERS) : '',
  ].filter((element) => element !== '' && !random.chance(oddity));
  if (random.chance(oddity)) elements.reverse();
  return `<Contents>${elements.join(random.chance(oddity) ? '\n' : '')}</Contents>`;
}

function leaf(random: Random, name: string, text: string, oddity: number): string {
  return random.chance(oddity)
    ? random.pick([
        `<${name}/>`,
        `<${name} />`,
        `<${name} a="b">${text}</${name}>`,
        `<${name}>${text}</${name} >`,
        '',
      ])
    : `<${name}>${text}</${name}>`;
}

/** Text as XML may write it. */
function drawText(random: Random): string {
  const pieces = Array.from({ length: random.whole(1, 8) }, () =>
    random.chance(0.2) ? random.pick(REFERENCES) : random.pick(CHARACTERS),
  );
  return pieces.join('');
}
