import type { CaseReport, ContestantReport, Report } from './report.ts';

const GiB = 1024 ** 3;

/** A page of Markdown: the machine, and a table for each case. */
export function printReport(report: Report): string {
  const { date, machine, rounds, skipped } = report;
  const { cpu, cores, memoryGibibytes, system, node, commit } = machine;
  const head = [
    `# Bench, ${date.slice(0, 10)}`,
    '',
    `${cpu}, ${cores} cores, ${memoryGibibytes} GiB, ${system}, Node ${node}, partwise at ${commit}. Medians of ${rounds} rounds.`,
    '× is partwise divided by the other: below 1, partwise costs less.',
    ...skipped.map((line) => `${line}.`),
  ];
  return [...head, ...report.cases.flatMap((one) => ['', ...printCase(one)]), ''].join('\n');
}

/** The table of one case. */
export function printCase({ name, bytes, contestants }: CaseReport): string[] {
  const perGiB = bytes > 0 ? ['CPU s/GiB'] : [];
  const columns = [
    'program',
    'CPU s',
    '×',
    ...perGiB,
    'wall s',
    '×',
    'peak MiB',
    '×',
    'requests',
    'connections',
  ];
  return [
    `## ${name}${bytes > 0 ? ` (${printSize(bytes)})` : ''}`,
    '',
    rowOf(columns),
    rowOf(columns.map((_, index) => (index === 0 ? '---' : '--:'))),
    ...contestants.map((one) => rowOf(cellsOf(one, bytes))),
  ];
}

function cellsOf(
  { name, version, medians, partwiseRatio, failed }: ContestantReport,
  bytes: number,
): string[] {
  const title = name === version ? name : `${name} (${shorten(version)})`;
  if (medians === null)
    return [title, `failed: ${(failed ?? 'no run').replaceAll(/[\s|]+/g, ' ').slice(0, 200)}`];
  const { cpuSeconds, wallSeconds, peakMebibytes, requests, connections } = medians;
  const ratio = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(2));
  return [
    title,
    cpuSeconds.toFixed(2),
    ratio(partwiseRatio?.cpu),
    ...(bytes > 0 ? [(cpuSeconds / (bytes / GiB)).toFixed(2)] : []),
    wallSeconds.toFixed(2),
    ratio(partwiseRatio?.wall),
    peakMebibytes.toFixed(0),
    ratio(partwiseRatio?.peak),
    String(requests),
    String(connections),
  ];
}

function rowOf(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** The number in what a program says of itself. */
function shorten(version: string): string {
  return /\d+(\.\d+)+/.exec(version)?.[0] ?? version.slice(0, 24);
}

function printSize(bytes: number): string {
  return bytes >= GiB ? `${bytes / GiB} GiB` : `${bytes / 1024 ** 2} MiB`;
}
