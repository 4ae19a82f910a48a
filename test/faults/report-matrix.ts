import type { Reporter, TestModule } from 'vitest/node';

const WORDS = { passed: 'pass', failed: 'fail', skipped: 'skipped', pending: 'pending' } as const;

/** Prints one line a row of the fault matrix: its id and how it went. */
export default class ReportMatrix implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = new Map<string, string>();
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0)
        rows.set(module.relativeModuleId, 'fail');
      for (const test of module.children.allTests()) {
        const id = /^[A-Z]\d\d\b/.exec(test.name)?.[0] ?? test.fullName;
        rows.set(id, WORDS[test.result().state]);
      }
    }
    const lines = [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([id, word]) => `${id} ${word}\n`);
    process.stdout.write(lines.join(''));
  }
}
