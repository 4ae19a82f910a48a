import type { Emit } from '../transfer/events.ts';

/** Where a renderer writes; the caller owns and closes it. */
export type Output = { write(text: string): unknown };

/** What a line beside the progress is, for readers of JSON. */
export type LogKind = 'message' | 'warning' | 'error';

/** Shows the progress of a run until it is stopped; every function is synchronous and does not throw. */
export type Renderer = {
  readonly emit: Emit;
  /** Writes a line that stays, above the progress if that is drawn. Foreign text in it must be safe already. */
  readonly log: (line: string, kind?: LogKind) => void;
  /** Gives the output back as it was until the next event: the program is about to be stopped by the terminal. */
  readonly suspend: () => void;
  /** Gives the output back as it was; may be called again. Events that come later are not shown. */
  readonly stop: () => void;
};
