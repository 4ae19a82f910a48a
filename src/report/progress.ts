import type { Direction, TransferEvent } from '../transfer/events.ts';

/** A part in flight. */
export type ActivePart = {
  readonly number: number;
  readonly size: number;
  /** Handed over in this attempt. */
  readonly bytes: number;
  readonly attempt: number;
  /** The attempt failed; the next has not begun yet. */
  readonly waiting: boolean;
};

/** A transfer that is under way. */
export type TransferProgress = {
  readonly id: string;
  readonly direction: Direction;
  readonly from: string;
  readonly to: string;
  readonly size: number | null;
  readonly partSize: number;
  readonly parts: number | null;
  readonly resumedParts: number;
  readonly resumedBytes: number;
  /** Acknowledged or found there already. */
  readonly partsDone: number;
  readonly doneBytes: number;
  readonly retries: number;
  readonly state: 'moving' | 'completing';
  /** In flight, by number: at most as many as there are lanes. */
  readonly active: ReadonlyMap<number, ActivePart>;
};

/**
 * The picture of a run. Transfers that ended are only sums: a run over 100,000 files keeps no more than what
 * is under way.
 */
export type Progress = {
  readonly live: ReadonlyMap<string, TransferProgress>;
  readonly ended: {
    readonly done: number;
    readonly stopped: number;
    readonly size: number;
    readonly bytes: number;
    readonly resumedBytes: number;
    readonly retries: number;
  };
  /** `null` until the pace first changes. */
  readonly lanes: number | null;
  /** Why every lane waits, while the endpoint is away. */
  readonly away: { readonly reason: string; readonly delayMs: number } | null;
};

/** The picture before the first event. */
export const nothingYet: Progress = {
  live: new Map(),
  ended: { done: 0, stopped: 0, size: 0, bytes: 0, resumedBytes: 0, retries: 0 },
  lanes: null,
  away: null,
};

/** Folds one event into the picture; the old picture stays as it was. */
export function foldProgress(progress: Progress, event: TransferEvent): Progress {
  switch (event.type) {
    case 'pace.changed':
      return { ...progress, lanes: event.lanes };
    case 'endpoint.away':
      return { ...progress, away: { reason: event.reason, delayMs: event.delayMs } };
    case 'endpoint.back':
      return { ...progress, away: null };
    case 'upload.begun':
    case 'upload.orphaned':
    case 'part.hedged':
    case 'upload.over':
      return progress;
    case 'transfer.planned':
      return keep(progress, beginTransfer(event));
    case 'transfer.done':
    case 'transfer.stopped': {
      const transfer = progress.live.get(event.transfer);
      return transfer === undefined ? progress : endTransfer(progress, transfer, event);
    }
    case 'transfer.completing':
    case 'part.started':
    case 'part.progress':
    case 'part.retrying':
    case 'part.done': {
      const transfer = progress.live.get(event.transfer);
      return transfer === undefined ? progress : keep(progress, foldTransfer(transfer, event));
    }
  }
}

/** The bytes of a transfer that are over there, as far as is known: never more than its size. */
export function shownBytes(transfer: TransferProgress): number {
  let bytes = transfer.doneBytes;
  for (const part of transfer.active.values()) bytes += part.bytes;
  return Math.min(bytes, transfer.size ?? bytes);
}

type EventOf<Type extends TransferEvent['type']> = Extract<TransferEvent, { type: Type }>;
type Ending = EventOf<'transfer.done' | 'transfer.stopped'>;
type Moving = EventOf<
  'transfer.completing' | 'part.started' | 'part.progress' | 'part.retrying' | 'part.done'
>;

function keep(progress: Progress, transfer: TransferProgress): Progress {
  return { ...progress, live: new Map(progress.live).set(transfer.id, transfer) };
}

function beginTransfer(event: EventOf<'transfer.planned'>): TransferProgress {
  const { transfer: id, direction, from, to, size, partSize, parts, resumedParts, resumedBytes } = event;
  return {
    id,
    direction,
    from,
    to,
    size,
    partSize,
    parts,
    resumedParts,
    resumedBytes,
    partsDone: resumedParts,
    doneBytes: resumedBytes,
    retries: 0,
    state: 'moving',
    active: new Map(),
  };
}

function endTransfer(
  { live, ended, ...rest }: Progress,
  transfer: TransferProgress,
  event: Ending,
): Progress {
  const others = new Map(live);
  others.delete(transfer.id);
  const isDone = event.type === 'transfer.done';
  const shown = shownBytes(transfer);
  const bytes = isDone ? (transfer.size ?? Math.max(shown, event.bytes)) : shown;
  return {
    ...rest,
    live: others,
    ended: {
      done: ended.done + (isDone ? 1 : 0),
      stopped: ended.stopped + (isDone ? 0 : 1),
      size: ended.size + (transfer.size ?? bytes),
      bytes: ended.bytes + bytes,
      resumedBytes: ended.resumedBytes + transfer.resumedBytes,
      retries: ended.retries + transfer.retries,
    },
  };
}

function foldTransfer(transfer: TransferProgress, event: Moving): TransferProgress {
  switch (event.type) {
    case 'transfer.completing':
      return { ...transfer, state: 'completing' };
    case 'part.started': {
      const { part: number, size, attempt } = event;
      return withPart(transfer, { number, size, attempt, bytes: 0, waiting: false });
    }
    case 'part.progress': {
      const part = transfer.active.get(event.part);
      // A meter may report late, after its attempt is over: that says nothing about the next one.
      if (part === undefined || part.waiting) return transfer;
      const bytes = Math.min(part.size, Math.max(part.bytes, event.bytes));
      return withPart(transfer, { ...part, bytes });
    }
    case 'part.retrying': {
      const part = transfer.active.get(event.part);
      const retried = { ...transfer, retries: transfer.retries + 1 };
      return part === undefined ? retried : withPart(retried, { ...part, bytes: 0, waiting: true });
    }
    case 'part.done': {
      const active = new Map(transfer.active);
      active.delete(event.part);
      const bytes = Math.max(event.bytes, transfer.active.get(event.part)?.bytes ?? 0);
      return {
        ...transfer,
        active,
        partsDone: transfer.partsDone + 1,
        doneBytes: transfer.doneBytes + bytes,
      };
    }
  }
}

function withPart(transfer: TransferProgress, part: ActivePart): TransferProgress {
  return { ...transfer, active: new Map(transfer.active).set(part.number, part) };
}
