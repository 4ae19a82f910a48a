import { defineConfig } from 'vitest/config';
import { SERVERS } from './test/faults/servers.ts';

/** The fault matrix: the built program, a proxy that breaks things, and behind it each server in turn. */
export default defineConfig({
  test: {
    // Faults mean waiting, and some rows wait for limits of a minute.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // Most of the time is spent waiting, not computing.
    maxWorkers: 4,
    // Rows wait by real clocks: on a machine that does other things beside, one may come too late once, but not twice.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    allowOnly: process.env['CI'] !== 'true',
    reporters: ['default', './test/faults/report-matrix.ts'],
    projects: SERVERS.map((name) => ({
      extends: true as const,
      test: {
        name,
        include: ['test/faults/**/*.test.ts'],
        globalSetup: ['test/faults/install-server.ts'],
        env: { PARTWISE_TEST_SERVER: name, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      },
    })),
  },
});
