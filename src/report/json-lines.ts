import type { TransferEvent } from '../transfer/events.ts';
import { escapeJson } from './escape-json.ts';
import type { Output, Renderer } from './output.ts';
import { createMask, redact } from './redact.ts';

export type JsonLinesOptions = {
  readonly out: Output;
  /** Literal secrets that must not appear in any reason. */
  readonly secrets?: readonly string[] | undefined;
};

/** Writes each event as one line of JSON; lines of the log become `{"type":"warning","message":…}`. */
export function createJsonLines({ out, secrets = [] }: JsonLinesOptions): Renderer {
  let isStopped = false;
  const mask = createMask(secrets);
  const print = (value: unknown): void => void out.write(mask(`${escapeJson(value)}\n`));
  return {
    emit: (event) => {
      if (!isStopped) print(redactReason(event, secrets));
    },
    log: (message, type = 'message') => print({ type, message }),
    suspend: () => undefined,
    stop: () => void (isStopped = true),
  };
}

/** Reasons carry the words of servers and libraries; the other fields are the program's own. */
function redactReason(event: TransferEvent, secrets: readonly string[]): TransferEvent {
  return 'reason' in event ? { ...event, reason: redact(event.reason, secrets) } : event;
}
