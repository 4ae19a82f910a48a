import type { Reporter, TestModule } from 'vitest/node';

/** Says at the end of a run what was left out and why, and how it went in one plain line. */
export default class ReportTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const skipped = new Set<string>();
    for (const module of modules) {
      // A file that could not even be loaded has no tests to count.
      if (module.state() === 'failed' && module.errors().length > 0) counts.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'pending') continue;
        counts[state]++;
        const where = test.project.name === '' ? '' : `${test.project.name}: `;
        if (state === 'skipped') skipped.add(`skipped: ${where}${test.fullName}`);
      }
    }
    for (const line of skipped) process.stdout.write(`${line}\n`);
    process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  }
}
