import { scanPage } from '../../src/s3/wire/page/scan-page.ts';
import { Finding, type FuzzTarget } from './target.ts';

const PIECES = [
  '<Contents>',
  '</Contents>',
  '<Key>k</Key>',
  '<Size>1</Size>',
  '&amp;',
  '<',
  '>',
  ' ',
  '\n',
] as const;

/** Pages of listings, read by the scanner. */
export const xml: FuzzTarget = {
  name: 'xml',
  one(random) {
    const pieces = Array.from({ length: random.whole(0, 30) }, () => random.pick(PIECES));
    const page = `<ListBucketResult>${pieces.join('')}</ListBucketResult>`;
    try {
      scanPage(page);
    } catch (error) {
      throw new Finding('the scanner throws', page, error);
    }
  },
};
