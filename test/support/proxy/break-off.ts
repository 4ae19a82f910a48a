/** Ends an exchange: the program's connection is cut, or has been. */
export class BreakOff extends Error {
  readonly how: 'reset' | 'close' | 'client-gone' | 'target-gone';

  constructor(how: BreakOff['how'], options?: ErrorOptions) {
    super(how, options);
    this.name = 'BreakOff';
    this.how = how;
  }
}

/** Waits for ever, which ends when the program goes away. */
export async function waitForEver(gone: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (gone.aborted) resolve();
    else gone.addEventListener('abort', () => resolve(), { once: true });
  });
  throw new BreakOff('client-gone');
}

/** Waits so long, or throws when the program goes away before. */
export async function pause(ms: number, gone: AbortSignal): Promise<void> {
  if (gone.aborted) throw new BreakOff('client-gone');
  await new Promise<void>((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new BreakOff('client-gone'));
    };
    const timer = setTimeout(() => {
      gone.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    gone.addEventListener('abort', onAbort, { once: true });
  });
}
