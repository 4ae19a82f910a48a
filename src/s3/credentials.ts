import { fromIni, fromNodeProviderChain, fromTokenFile } from '@aws-sdk/credential-providers';
import type { Identity } from './session.ts';

/** Where keys are looked up that are not simply given. */
export type Looked =
  | { readonly type: 'profile'; readonly profile: string }
  | { readonly type: 'web-identity' }
  /** The SDK's whole chain, with the instance service only where it may be asked. */
  | { readonly type: 'chain' };

/** Looks keys up by the SDK's means, each time it is called. */
export function lookUp(plan: Looked, region: string): () => Promise<Identity> {
  switch (plan.type) {
    case 'profile':
      return fromIni({ profile: plan.profile, ignoreCache: true, clientConfig: { region } });
    case 'web-identity':
      return fromTokenFile({ clientConfig: { region } });
    case 'chain':
      return fromNodeProviderChain({ maxRetries: 1, timeout: 1_000, clientConfig: { region } });
  }
}
