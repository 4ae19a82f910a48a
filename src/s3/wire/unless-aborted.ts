/** Waits for something that knows of no signal, but no longer than until this one says so. */
export async function unlessAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  return await new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void wanted.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
