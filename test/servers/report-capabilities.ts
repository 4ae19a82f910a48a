import { readFileSync, writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { CAPABILITIES } from './capabilities.ts';
import { REAL_SERVERS } from './server.ts';

const PAGE = 'docs/reference/servers.md';
const TABLE = /(?<=<!-- begin[^\n]*-->\n)[\s\S]*(?=<!-- end -->)/;
const SERVERS = ['embedded', ...REAL_SERVERS];

/** What each server showed, by capability and server. */
type Found = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * Prints what each server can do. A run over all servers writes it into the page; in CI, and when some are missing,
 * what differs from the page is only told.
 */
export default class ReportCapabilities implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const found = findShown(modules);
    if (found.size === 0) return;
    const servers = SERVERS.filter((server) => [...found.values()].some((row) => row.has(server)));
    const table = drawTable(found, servers);
    process.stdout.write(`\n${table}\n`);
    const page = readFileSync(PAGE, 'utf8');
    const isWhole = CAPABILITIES.every(([name]) => SERVERS.every((server) => found.get(name)?.has(server)));
    if (isWhole && process.env['CI'] !== 'true') {
      writeFileSync(
        PAGE,
        page.replace(TABLE, () => `\n${table}\n`),
      );
      return;
    }
    for (const line of differences(TABLE.exec(page)?.[0] ?? '', found)) process.stdout.write(`${line}\n`);
  }
}

function findShown(modules: readonly TestModule[]): Found {
  const found = new Map<string, Map<string, string>>();
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { shown } = test.meta();
      if (shown === undefined) continue;
      const row = found.get(shown.capability) ?? new Map<string, string>();
      found.set(shown.capability, row.set(module.project.name, shown.word));
    }
  }
  return found;
}

function drawTable(found: Found, servers: readonly string[]): string {
  const cellsOf = (name: string): string[] => servers.map((server) => found.get(name)?.get(server) ?? '');
  const rows = CAPABILITIES.map(([name]) => [name].concat(cellsOf(name)));
  const lines = [['', ...servers], ['', ...servers].map(() => '---'), ...rows];
  return `${lines.map((line) => `| ${line.join(' | ')} |`).join('\n')}\n`;
}

/** Where this run and the page disagree. */
function differences(written: string, found: Found): string[] {
  const [head = [], , ...rows] = written
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const lines: string[] = [];
  for (const [name = '', ...cells] of rows) {
    for (const [index, cell] of cells.entries()) {
      const server = head[index + 1] ?? '';
      const now = found.get(name)?.get(server);
      if (now !== undefined && now !== cell)
        lines.push(`${PAGE} differs: ${server}: ${name}: ${cell}, now ${now}`);
    }
  }
  return lines;
}
