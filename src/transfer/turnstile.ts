import { interruption, throwIfAborted } from './errors.ts';

/** Lets parts through one at a time, in order of number, whatever order they arrive in. */
export type Turnstile = {
  /** Resolves when it is the turn of `number`. */
  wait(number: number, signal: AbortSignal): Promise<void>;
  /** Ends the turn: the next number may go. */
  pass(): void;
};

/** A turnstile whose first turn is number 1. */
export function createTurnstile(): Turnstile {
  const waiting = new Map<number, () => void>();
  let turn = 1;
  return {
    async wait(number, signal) {
      throwIfAborted(signal);
      if (number === turn) return;
      await new Promise<void>((resolve, reject) => {
        const onAbort = (): void => reject(interruption(signal));
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.set(number, () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        });
      });
    },
    pass() {
      turn++;
      const next = waiting.get(turn);
      waiting.delete(turn);
      next?.();
    },
  };
}
