import { MAX_PAGE_BYTES } from '../answer.ts';
import { LIST_LIMIT_MS } from '../call.ts';
import type { AskPage, ObjectPage, PageQuestion } from '../object-page.ts';
import { createListedKeys } from '../raw-keys.ts';
import type { Session } from '../session.ts';
import { UNSIGNED_PAYLOAD } from '../store-settings.ts';
import { ask, type MakeRequest } from './ask.ts';
import { scanPage } from './page/scan-page.ts';
import type { Wire } from './wire.ts';

/**
 * Pages of objects asked for and read by our own hand. From the first answer on that is good but not understood, the
 * SDK asks for all of them, this one again.
 */
export function pagesByWire(wire: Wire, session: Session, sdk: () => Promise<AskPage>): AskPage {
  let isUnderstood = true;
  const keys = createListedKeys();
  const askOnce = async (question: PageQuestion): Promise<ObjectPage | undefined> => {
    const { what, bucket, options } = question;
    let page: ObjectPage | undefined;
    const make: MakeRequest = () => ({
      method: 'GET',
      bucket,
      key: '',
      query: queryOf(question),
      headers: {},
      payloadHash: UNSIGNED_PAYLOAD,
    });
    const rules = {
      what,
      roots: ['ListBucketResult'],
      isProven(text: string) {
        page = scanPage(text, keys.under(question.prefix));
        return page !== undefined;
      },
      maxBytes: MAX_PAGE_BYTES,
      limitMs: LIST_LIMIT_MS,
      signal: options.signal,
    };
    await ask(wire, session, make, rules, () => undefined);
    return page;
  };
  return async (question) => {
    const { bucket, options } = question;
    if (!wire.serves(bucket) || !isUnderstood) return await (await sdk())(question);
    const page = await options.repeat(() => askOnce(question));
    if (page) return page;
    isUnderstood = false;
    return await (await sdk())(question);
  };
}

function queryOf({ version, prefix, delimiter, maxKeys, place }: PageQuestion): Record<string, string> {
  const { token, after } = place;
  const begin = { ...(token ? { 'continuation-token': token } : after && { 'start-after': after }) };
  return {
    'encoding-type': 'url',
    ...(prefix && { prefix }),
    ...(delimiter && { delimiter }),
    ...(maxKeys !== undefined && { 'max-keys': String(maxKeys) }),
    ...(version === 'v1' ? after && { marker: after } : { 'list-type': '2', ...begin }),
  };
}
