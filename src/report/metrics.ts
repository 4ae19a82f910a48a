/** What one run of cleanup tells a monitor. */
export type CleanupMetrics = {
  /** How many uploads ended in which state. */
  readonly uploads: Readonly<Record<string, number>>;
  readonly freedBytes: number;
  readonly durationSeconds: number;
  /** Seconds since the epoch; 0: there never was one. */
  readonly lastSuccess: number;
};

const NAMES = {
  uploads: ['partwise_cleanup_uploads', 'Unfinished uploads seen by the last run, by what became of them.'],
  freedBytes: ['partwise_cleanup_freed_bytes', 'Bytes of the parts that the last run freed.'],
  durationSeconds: ['partwise_cleanup_duration_seconds', 'How long the last run took.'],
  lastSuccess: [
    'partwise_cleanup_last_success_timestamp_seconds',
    'When a run last did all it was asked for.',
  ],
} as const;

/** The text format of Prometheus, as the node exporter's textfile collector reads it. */
export function encodeMetrics(metrics: CleanupMetrics): string {
  const { uploads, freedBytes, durationSeconds, lastSuccess } = metrics;
  const states = Object.entries(uploads).map(
    ([state, count]) => `${NAMES.uploads[0]}{state="${state}"} ${count}`,
  );
  const lines = [
    ...head(NAMES.uploads),
    ...states,
    ...head(NAMES.freedBytes),
    `${NAMES.freedBytes[0]} ${freedBytes}`,
    ...head(NAMES.durationSeconds),
    `${NAMES.durationSeconds[0]} ${durationSeconds}`,
    ...head(NAMES.lastSuccess),
    `${NAMES.lastSuccess[0]} ${lastSuccess}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** When an earlier run had success, as its file says; 0 where it does not. */
export function lastSuccessIn(text: string): number {
  const [, value = ''] = new RegExp(`^${NAMES.lastSuccess[0]} (\\d+(?:\\.\\d+)?)$`, 'm').exec(text) ?? [];
  return Number(value);
}

function head([name, help]: readonly [string, string]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`];
}
