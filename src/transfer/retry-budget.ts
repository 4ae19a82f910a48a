/** A shared purse of retries: when most requests fail, repeating them all makes it worse for everybody. */
export type RetryBudget = { take(): boolean; giveBack(): void };

/** `tokens` retries at most; every success gives one back. */
export function createRetryBudget(tokens: number): RetryBudget {
  let left = tokens;
  return {
    take: () => left > 0 && left-- > 0,
    giveBack: () => {
      left = Math.min(tokens, left + 1);
    },
  };
}
