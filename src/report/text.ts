import { redact } from './redact.ts';
import { safeText } from './safe-text.ts';

/** Makes words of others (a server's message, a reason) fit to be shown: without secrets, on one line. */
export function showText(text: string, secrets: readonly string[] = []): string {
  return safeText(redact(text, secrets));
}
