import type { CredentialPlan } from './find-credentials.ts';
import type { Identity, IdentityProvider } from './session.ts';

/** Keys that expire are asked for again so long before, or at half their time: a request signed now may arrive late. */
const EARLY_MS = 5 * 60_000;
/** Keys that are still good are asked for anew so long after that has failed. */
const AGAIN_AFTER_MS = 10_000;

/** The keys of a plan; `undefined` when nothing is to be signed. */
export function identityOf(plan: CredentialPlan, region: string): IdentityProvider | undefined {
  switch (plan.type) {
    case 'anonymous':
      return undefined;
    case 'static': {
      const { type: _, ...keys } = plan;
      return () => keys;
    }
    case 'profile':
    case 'web-identity':
    case 'chain':
      // The providers are a part of the SDK: they are loaded where keys do not simply lie there.
      return remembering(async () => (await import('./credentials.ts')).lookUp(plan, region)());
  }
}

/**
 * One look-up at a time, whose answer holds until shortly before it expires. When the next one fails meanwhile, the
 * keys are used for as long as they are good.
 */
export function remembering(look: () => Promise<Identity>, now: () => number = Date.now): IdentityProvider {
  let current: Promise<Identity> | undefined;
  /** What `current` came to: nobody needs to wait for it. */
  let known: Identity | undefined;
  let renewAt = Number.POSITIVE_INFINITY;
  const lookUp = (spare: Promise<Identity> | undefined): Promise<Identity> => {
    const looking = look().then(
      (found) => {
        const leftMs = found.expiration ? found.expiration.getTime() - now() : Number.POSITIVE_INFINITY;
        if (current === looking) {
          known = found;
          renewAt = now() + leftMs - Math.min(EARLY_MS, leftMs / 2);
        }
        return found;
      },
      async (error: unknown) => {
        const { expiration } = (await spare) ?? {};
        const isGood = expiration !== undefined && expiration.getTime() > now() + AGAIN_AFTER_MS;
        // Without keys the next request looks again.
        if (current === looking) {
          current = isGood ? spare : undefined;
          renewAt = now() + AGAIN_AFTER_MS;
        }
        if (spare && isGood) return await spare;
        throw error;
      },
    );
    return looking;
  };
  return ({ forceRefresh = false } = {}) => {
    if (!current || forceRefresh || now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY;
      known = undefined;
      current = lookUp(forceRefresh ? undefined : current);
    }
    return known ?? current;
  };
}
