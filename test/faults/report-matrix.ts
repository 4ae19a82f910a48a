import type { Reporter, TestCase, TestModule } from 'vitest/node';

const WORDS = { passed: 'pass', failed: 'fail', skipped: 'skipped', pending: 'pending' } as const;
type Cell = { readonly word: string; readonly why: string | undefined };

/** Prints the fault matrix, a line for each row and a column for each server; then what was left out, and the sums. */
export default class ReportMatrix implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const servers = new Set<string>();
    const rows = new Map<string, Map<string, Cell>>();
    const enter = (row: string, server: string, cell: Cell): void => {
      servers.add(server);
      rows.set(row, (rows.get(row) ?? new Map()).set(server, cell));
    };
    for (const module of modules) {
      const server = module.project.name;
      // A file that could not be loaded has no rows to tell of.
      if (module.errors().length > 0)
        enter(module.relativeModuleId, server, { word: 'fail', why: undefined });
      for (const test of module.children.allTests()) {
        const cell = cellOf(test);
        // Without a reason it was not left out, but not asked for.
        if (cell.word !== 'skipped' || cell.why !== undefined) enter(idOf(test), server, cell);
      }
    }
    const sorted = [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1));
    print(drawTable(sorted, [...servers]));
    print(tellReasons(sorted, [...servers]));
    print([countAll(sorted)]);
  }
}

function idOf(test: TestCase): string {
  return /^[A-Z]\d\d\b/.exec(test.name)?.[0] ?? test.fullName;
}

function cellOf(test: TestCase): Cell {
  const result = test.result();
  return { word: WORDS[result.state], why: result.state === 'skipped' ? result.note : undefined };
}

type Rows = readonly (readonly [string, ReadonlyMap<string, Cell>])[];

function drawTable(rows: Rows, servers: readonly string[]): string[] {
  const lines = [
    ['row', ...servers],
    ...rows.map(([row, cells]) => [row, ...servers.map((server) => cells.get(server)?.word ?? '-')]),
  ];
  const widths = ['row', ...servers].map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines.map((line) =>
    line
      .map((word, column) => word.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Why rows were left out, the rows of one reason on one line; and which failed. */
function tellReasons(rows: Rows, servers: readonly string[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const server of servers) {
    for (const [row, cells] of rows) {
      const cell = cells.get(server);
      if (cell?.word !== 'skipped' && cell?.word !== 'fail') continue;
      const reason = `${cell.word === 'fail' ? 'failed' : 'skipped'}: ${server}: ${cell.why ?? ''}`;
      byReason.set(reason, [...(byReason.get(reason) ?? []), row]);
    }
  }
  return [...byReason].map(([reason, ids]) => {
    const separator = reason.endsWith(': ') ? '' : ': ';
    return `${reason}${separator}${ids.join(' ')}`;
  });
}

function countAll(rows: Rows): string {
  const cells = rows.flatMap(([, byServer]) => [...byServer.values()]);
  const count = (word: string): number => cells.filter((cell) => cell.word === word).length;
  return `${count('pass')} passed, ${count('fail')} failed, ${count('skipped')} skipped`;
}

function print(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
