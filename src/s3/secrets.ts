/** The secrets that requests of this run are signed or sealed with. */
export type Secrets = {
  /** From now on `mask` knows it. */
  add(secret: string): void;
  /** A text that a server sent, without the secrets it repeats. */
  mask(text: string): string;
};

const MASK = '***';
/** Shorter ones are test keys, and would blank out words. */
const SHORTEST_SECRET = 8;

/** `onSecret`: called once with each, so that whatever else is shown can be masked, too. */
export function createSecrets(onSecret: (secret: string) => void = () => undefined): Secrets {
  const known = new Set<string>();
  return {
    add(secret) {
      if (secret.length < SHORTEST_SECRET || known.has(secret)) return;
      known.add(secret);
      onSecret(secret);
    },
    mask(text) {
      let masked = text;
      for (const secret of known)
        for (const form of new Set([secret, encodeURIComponent(secret)]))
          masked = masked.replaceAll(form, MASK);
      return masked;
    },
  };
}

/** Adds every way in which a customer's key travels or is written. */
export function addCustomerKey(secrets: Secrets, customerKey: Uint8Array | undefined): void {
  if (!customerKey) return;
  const bytes = Buffer.from(customerKey);
  for (const encoding of ['base64', 'base64url', 'hex'] as const) secrets.add(bytes.toString(encoding));
}
