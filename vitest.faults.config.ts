import { defineConfig } from 'vitest/config';

/** The fault matrix: the built program, a proxy that breaks things, and the embedded server. */
export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    // Faults mean waiting, and some rows wait for limits of a minute.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    allowOnly: process.env['CI'] !== 'true',
    reporters: ['default', './test/faults/report-matrix.ts'],
  },
});
