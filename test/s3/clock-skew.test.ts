import { expect, it } from 'vitest';
import type { Store } from '../../src/transfer/ports.ts';
import { errorDocument, object, signal, storeAnswering, inBothWays } from './answering.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A server whose clock is so far ahead, and who minds. */
function aheadBy(skewMs: number, seen: boolean[]): Promise<Store> {
  return storeAnswering((request, response) => {
    const now = Date.now() + skewMs;
    const signed = String(request.headers['x-amz-date']).replace(
      /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
      '$1-$2-$3T$4:$5:$6Z',
    );
    const isGood = Math.abs(Date.parse(signed) - now) < 15 * MINUTE_MS;
    seen.push(isGood);
    const headers = { date: new Date(now).toUTCString(), etag: '"e"' };
    const body = errorDocument('RequestTimeTooSkewed');
    if (isGood) response.writeHead(200, { ...headers, 'content-length': listing.length }).end(listing);
    else response.writeHead(403, headers).end(body);
  });
}

const listing = '<?xml version="1.0"?><ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>';

async function list(store: Store): Promise<void> {
  const options = { signal, repeat: <T>(request: () => Promise<T>) => request() };
  for await (const bucket of store.listBuckets(options)) expect(bucket).toBeUndefined();
}

inBothWays(() => {
  it('a clock that is off is corrected by the server’s: the refused request may go again, and is good then', async () => {
    const seen: boolean[] = [];
    const store = await aheadBy(HOUR_MS, seen);
    await expect(list(store)).rejects.toMatchObject({ code: 'RequestTimeTooSkewed', recovery: 'at-once' });
    await list(store);
    expect(seen).toEqual([false, true]);
  });

  it('a HEAD says nothing of clocks but by its own time', async () => {
    const seen: boolean[] = [];
    const store = await aheadBy(HOUR_MS, seen);
    await expect(stat(store)).rejects.toMatchObject({ status: 403, recovery: 'at-once' });
    await expect(stat(store)).resolves.toMatchObject({ etag: 'e' });
  });

  it('a server that is not content with its own time is not asked for ever', async () => {
    let calls = 0;
    const store = await storeAnswering((_, response) => {
      calls++;
      response
        .writeHead(403, { date: new Date(Date.now() + HOUR_MS).toUTCString() })
        .end(errorDocument('RequestTimeTooSkewed'));
    });
    await expect(list(store)).rejects.toMatchObject({ recovery: 'at-once' });
    await new Promise((settle) => setTimeout(settle, 5));
    await expect(list(store)).rejects.toMatchObject({
      recovery: 'never',
      hint: expect.stringMatching(/60 min/),
    });
    await expect(stat(store)).rejects.toMatchObject({ recovery: 'never' });
    expect(calls).toBe(3);
  });

  const stat = (store: Store): Promise<unknown> => store.stat(object, { signal });
});
