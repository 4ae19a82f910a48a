/** Counts something, and tells when so many more have come. */
export type Counter = {
  count(): void;
  /** Resolves after so many from now on; whoever asked before is forgotten. */
  reach(more: number): Promise<void>;
};

/** Begins to count. */
export function openCounter(): Counter {
  let waiting: { left: number; readonly resolve: () => void } | undefined;
  return {
    count() {
      if (waiting !== undefined && --waiting.left === 0) waiting.resolve();
    },
    reach: (more) =>
      new Promise((resolve) => {
        waiting = { left: more, resolve };
      }),
  };
}
