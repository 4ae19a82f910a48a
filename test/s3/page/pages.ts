import * as fc from 'fast-check';

/** A key as people and programs make them, and as nobody would. */
const keys = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('a', '/', ' ', '+', '%', '%20', '&', '<', '"', "'", '\n', '\r', 'é', '～', '😀'),
  }),
);

/** Text as XML has it: references by name or number, or none where none is needed. */
const written = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(text, fc.constantFrom('name', 'hex', 'decimal')).map(([plain, how]) =>
    plain.replaceAll(/[&<>"'\n\r]/g, (character) => {
      const code = character.charCodeAt(0);
      if (how === 'hex') return `&#x${code.toString(16)};`;
      const named = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }[character];
      return how === 'name' && named ? named : `&#${code};`;
    }),
  );

const encoded = keys.map((key) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+'));
const dates = fc.oneof(
  {
    weight: 40,
    arbitrary: fc
      .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
      .map((date) => date.toISOString()),
  },
  fc.constantFrom(
    '2026-01-02T03:04:05Z',
    '2026-02-30T00:00:00.000Z',
    '2026-01-02T03:04:05.123456Z',
    '2026-01-02T03:04:05+01:00',
    '2026-01-02T25:00:00Z',
    '2026-12-31T23:59:60Z',
    '0001-01-01T00:00:00Z',
    'Fri, 02 Jan 2026 03:04:05 GMT',
    'yesterday',
    '',
  ),
);
const sizes = fc.oneof(
  { weight: 40, arbitrary: fc.nat().map(String) },
  fc.constantFrom('', '-1', '1e3', ' 5', '007', '99999999999999999999'),
);
const etags = fc.constantFrom(
  '&quot;ab-1&quot;',
  '"ab"',
  'ab',
  'W/"ab"',
  '"W/ab"',
  '""',
  '',
  '&#34;ab&#34;',
  '"ab',
  'W/ab',
);
const words = fc.oneof(
  { weight: 40, arbitrary: fc.constantFrom('STANDARD', 'GLACIER') },
  fc.constantFrom('', ' ', 'a&amp;b', 'x\ny', '\n', 'true', 'null'),
);

const leaf = (name: string, text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 60, arbitrary: text.map((inner) => `<${name}>${inner}</${name}>`) },
    { weight: 1, arbitrary: fc.constantFrom(`<${name}/>`, `<${name} />`, `<${name}></${name}>`) },
  );

const strangers = fc.constantFrom(
  '<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>',
  '<Owner></Owner>',
  '<Owner/>',
  '<UserMetadata><Items><Key>k</Key></Items></UserMetadata>',
  '<Other>a &amp; <B>c</B> d</Other>',
  '<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>',
  '<Key>twice</Key>',
  '<EncodingType>url</EncodingType>',
  '<!-- a remark -->',
  '<![CDATA[a]]>',
  'text',
  '<lower>1</lower>',
  '<hasOwnProperty>1</hasOwnProperty>',
  '<Attributed a="b">1</Attributed>',
);

/** Elements in any order, each there or not, with something between them. */
const mixed = (parts: readonly fc.Arbitrary<string>[], strange = 1): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.tuple(...parts.map((part) => fc.option(part, { nil: '', freq: 30 }))),
      fc.array(strangers, { maxLength: strange }),
      fc.constantFrom('', '', '', '', '\n', '\n  ', '\n\t', ' '),
    )
    .chain(([all, strange, gap]) =>
      fc
        .shuffledSubarray([...all, ...strange].filter(Boolean), { minLength: all.filter(Boolean).length })
        .map((shuffled) => gap + shuffled.join(gap) + gap),
    );

const contents = (key: fc.Arbitrary<string>, inOrder: boolean, strange: number): fc.Arbitrary<string> => {
  const parts = [
    leaf('Key', written(key)),
    leaf('LastModified', dates),
    leaf('ETag', etags),
    leaf('Size', inOrder ? fc.nat().map(String) : sizes),
    leaf('StorageClass', words),
    leaf('ChecksumAlgorithm', words),
    leaf('ChecksumAlgorithm', words),
    leaf('ChecksumType', words),
  ];
  const inner = inOrder ? fc.tuple(...parts).map((all) => all.join('')) : mixed(parts, strange);
  return inner.map((elements) => `<Contents>${elements}</Contents>`);
};

/** Pages of listings: as servers write them, and a little beside. */
export const pages: fc.Arbitrary<string> = fc
  .record({ isUrl: fc.boolean(), inOrder: fc.boolean(), strange: fc.constantFrom(0, 0, 0, 1, 2) })
  .chain(({ isUrl, inOrder, strange }) => {
    const key = isUrl ? encoded : keys;
    const lists = fc.tuple(
      fc.array(contents(key, inOrder, strange), { maxLength: 6 }),
      fc.array(
        leaf('Prefix', written(key)).map((prefix) => `<CommonPrefixes>${prefix}</CommonPrefixes>`),
        {
          maxLength: 3,
        },
      ),
    );
    const heads = mixed(
      [
        leaf('Name', fc.constant('b')),
        leaf('Prefix', words),
        leaf('IsTruncated', fc.constantFrom('true', 'false', 'True', '')),
        leaf('KeyCount', fc.constantFrom('3', '', 'x')),
        leaf('NextContinuationToken', written(keys)),
        leaf('MaxKeys', fc.constant('1000')),
        ...(isUrl ? [fc.constant('<EncodingType>url</EncodingType>')] : []),
      ],
      strange,
    );
    return fc
      .tuple(heads, lists, fc.boolean(), fc.boolean())
      .map(([head, [objects, prefixes], first, hasProlog]) => {
        const list = [...objects, ...prefixes].join('');
        const prolog = hasProlog ? '<?xml version="1.0" encoding="UTF-8"?>\n' : '';
        return `${prolog}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${first ? head + list : list + head}</ListBucketResult>`;
      });
  });

/** The same with an accident or two: pieces cut out, doubled, or replaced. */
export const damagedPages: fc.Arbitrary<string> = fc
  .tuple(
    pages,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat({ max: 20 }),
        fc.constantFrom(
          '',
          '<',
          '>',
          '/',
          '&',
          '"',
          ' ',
          '\n',
          '\r\n',
          ']]>',
          '<!--',
          '-->',
          '<Key>',
          '</Key>',
          '<a/>',
          '&#x1F600;',
          '&#0;',
          '&bad;',
          '<!DOCTYPE x>',
          '\u0000',
          '<Contents>',
          '</Contents>',
          '<Size>1</Size>',
          '=',
          '<?x?>',
        ),
      ),
      { minLength: 1, maxLength: 2 },
    ),
    fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.nat()),
  )
  .map(([page, edits, cut]) => {
    let text = page;
    for (const [at, length, instead] of edits) {
      const place = at % (text.length + 1);
      text = text.slice(0, place) + instead + text.slice(place + (length % 4 === 0 ? length : 0));
    }
    return cut === undefined ? text : text.slice(0, cut % (text.length + 1));
  });
