import type { EndpointMemory } from '../local/endpoint-memory.ts';
import type { PaceHint } from '../transfer/pace.ts';

/** Its own page, so that it grows old by itself: a pace is learned with every run, a refusal of headers once. */
const pageOf = (endpoint: string): string => `pace of ${endpoint}`;

/** How many parts at a time were right for an endpoint lately; what makes no sense is not known. */
export async function recallPace(memory: EndpointMemory, endpoint: string): Promise<PaceHint | undefined> {
  const lanes = (await memory.recall(pageOf(endpoint))).get('lanes');
  return typeof lanes === 'number' && Number.isSafeInteger(lanes) && lanes >= 1 ? { lanes } : undefined;
}

/** Notes how many parts at a time were right. */
export async function rememberPace(memory: EndpointMemory, endpoint: string, pace: PaceHint): Promise<void> {
  // Where nothing can be written the next run finds out again: not worth a word.
  await memory.remember(pageOf(endpoint), { lanes: pace.lanes }).catch(() => undefined);
}
