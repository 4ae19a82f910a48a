/** Text that readers with a loop in a loop take minutes for: one of these, as often as a document may hold it. */
const PIECES = [
  '<',
  '>',
  '</',
  '<a',
  '<A>',
  '<a/>',
  '<a b="',
  "<a b='c' ",
  '</a>',
  '<A></A>',
  '<A></B>',
  '&',
  '&amp;',
  '&#65;',
  '&#x1F600;',
  '&#',
  '&#x0',
  '&nbsp;',
  '&constructor;',
  '<!--',
  '<!-- -->',
  '-->',
  '<![CDATA[',
  '<![CDATA[]]>',
  ']]>',
  '<?',
  '<?x?>',
  '<!x',
  ' ',
  '\n',
  ' \n',
  '\r',
  '\t<',
  '"',
  "'",
  '=',
  'a',
  '0',
  '\u00e9',
  '<Key>',
  '<Key>a</Key>',
  '<Contents>',
  '<Contents><Key>',
  '<Contents></Contents>',
  '<Contents><Key>a</Key></Contents>',
  '<LastModified>',
  '<LastModified>1',
  '<LastModified>2026-01-01</LastModified>',
  '<LastModified></Initiated>',
  '<Owner><ID>',
  '<Upload>',
  '<Rule>',
  '<Rule></x>',
  '<Rule></Rule>',
  '<Rule><Filter>',
  '<ID>',
  '</Rule>',
  '<UploadId>',
  '<Code>',
];

/** What stands before and behind the repeated piece. */
export type Frame = readonly [string, string];
export const FRAMES = {
  text: ['', ''],
  page: ['<ListBucketResult>', '</ListBucketResult>'],
  key: ['<ListBucketResult><Contents><Key>', '</Key><Size>1</Size></Contents></ListBucketResult>'],
  rule: ['<LifecycleConfiguration><Rule><ID>', '</ID></Rule></LifecycleConfiguration>'],
} as const satisfies Readonly<Record<string, Frame>>;

/** Documents of just under a size, each hard in its way. */
export function* pathologicalDocuments([before, after]: Frame, bytes: number): Generator<string> {
  const room = bytes - before.length - after.length;
  for (const piece of PIECES)
    yield before + piece.repeat(Math.floor(room / Buffer.byteLength(piece))) + after;
}
