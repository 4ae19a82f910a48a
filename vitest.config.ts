import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real servers and large files: npm run test:servers.
    exclude: ['test/servers/**', 'test/faults/**'],
    // Generous on purpose: no test measures time, a busy machine must not fail one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // The SDK in the tests themselves; the programs they start get a clean environment.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    // In CI a focused test is a mistake.
    allowOnly: process.env['CI'] !== 'true',
    reporters: ['default', './test/support/processes/report-tests.ts'],
  },
});
