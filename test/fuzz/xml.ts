import { isDeepStrictEqual } from 'node:util';
import { abortRulesIn, ruleFor, withOurRule } from '../../src/s3/lifecycle-rules.ts';
import { readDocument } from '../../src/s3/check-answer.ts';
import type { ObjectPage } from '../../src/s3/object-page.ts';
import { scanPage } from '../../src/s3/wire/page/scan-page.ts';
import { TransferError } from '../../src/transfer/errors.ts';
import { readVetted } from '../s3/page/sdk-reading.ts';
import type { Random } from '../soak/random.ts';
import { damage, drawPage } from './draw-page.ts';
import { Finding, type FuzzTarget } from './target.ts';

/**
 * Pages of listings and lifecycle rules, whole and damaged. Our scanner throws nothing; what it reads passes our checks
 * and is what the SDK's parser reads; our checks throw nothing but TransferError. A reader that takes more than linear
 * time is found by the watchdog: some pages are large.
 */
export const xml: FuzzTarget = {
  name: 'xml',
  async one(random) {
    const drawn = random.chance(0.4) ? drawPage(random) : damage(random, drawPage(random));
    // As it would come out of bytes: without half a pair.
    const page = Buffer.from(drawn).toString();
    const scanned = guarded(page, 'the scanner throws', () => scanPage(page));
    const vetted = await vet(page);
    const version = random.chance(0.5) ? 'v1' : 'v2';
    const read = vetted === undefined ? undefined : await readVetted(vetted, version);
    if (scanned !== undefined) {
      if (vetted === undefined) throw new Finding('the scanner reads what our checks refuse', page);
      const [ours, theirs] = [told(scanned, version), read && told(read, version)];
      if (!isDeepStrictEqual(ours, theirs))
        throw new Finding(`${JSON.stringify(ours)} is read as ${JSON.stringify(theirs)} by the SDK`, page);
    }
    checkRules(random, page);
  },
};

/** What a version of the request knows of a page. */
function told({ isCounted, nextToken, nextMarker, ...both }: ObjectPage, version: 'v1' | 'v2'): object {
  return version === 'v1' ? { ...both, nextMarker } : { ...both, isCounted, nextToken };
}

/** The document as the SDK is given it; `undefined` where our checks refuse it. */
async function vet(page: string): Promise<string | undefined> {
  try {
    const rules = { what: 'list', roots: ['ListBucketResult'], maxBytes: 2 ** 24 };
    return await readDocument({ status: 200, headers: {} }, page, rules);
  } catch (error) {
    if (error instanceof TransferError) return undefined;
    throw new Finding('our checks throw another error', page, error);
  }
}

/** The same document, taken for one with lifecycle rules. */
function checkRules(random: Random, page: string): void {
  const text = page
    .replaceAll('Contents', 'Rule')
    .replaceAll('<Key', '<Prefix')
    .replaceAll('</Key', '</Prefix');
  const days = random.whole(1, 9999);
  guarded(text, 'the reader of lifecycle rules throws', () => {
    ruleFor(text, 'a/b');
    const others = abortRulesIn(text);
    const ours = abortRulesIn(withOurRule(text, 'a/', days)).at(-1);
    if (ours?.prefix !== 'a/' || ours.days !== days || others.some(({ days }) => !(days >= 1)))
      throw new Error(`our rule is read as ${JSON.stringify(ours)}`);
  });
}

function guarded<Result>(input: string, message: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new Finding(message, input, error);
  }
}
