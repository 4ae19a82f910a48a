import type { CredentialPlan } from './connection.ts';
import type { Identity, IdentityProvider } from './session.ts';

/** Keys that expire are asked for again so long before, or at half their time: a request signed now may arrive late. */
const EARLY_MS = 5 * 60_000;

/** The keys of a plan; `undefined` when nothing is to be signed. */
export function identityOf(plan: CredentialPlan, region: string): IdentityProvider | undefined {
  switch (plan.type) {
    case 'anonymous':
      return undefined;
    case 'static': {
      const { type: _, ...keys } = plan;
      return () => Promise.resolve(keys);
    }
    case 'profile':
    case 'web-identity':
    case 'chain':
      // The providers are a part of the SDK: they are loaded where keys do not simply lie there.
      return remembering(async () => (await import('./credentials.ts')).lookUp(plan, region)());
  }
}

/** One look-up at a time, whose answer holds until shortly before it expires. */
export function remembering(look: () => Promise<Identity>, now: () => number = Date.now): IdentityProvider {
  let current: Promise<Identity> | undefined;
  let renewAt = Number.POSITIVE_INFINITY;
  return async ({ forceRefresh = false } = {}) => {
    if (!current || forceRefresh || now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY;
      const looking = look();
      current = looking;
      try {
        const { expiration } = await looking;
        const leftMs = expiration ? expiration.getTime() - now() : Number.POSITIVE_INFINITY;
        renewAt = now() + leftMs - Math.min(EARLY_MS, leftMs / 2);
      } catch (error) {
        // The next request looks again.
        if (current === looking) current = undefined;
        throw error;
      }
    }
    return await current;
  };
}
