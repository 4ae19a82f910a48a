import { defineConfig } from 'vitest/config';
import { REAL_SERVERS } from './test/servers/server.ts';

/** The same round trips against real servers, and what is too large for every day. */
export default defineConfig({
  test: {
    globalSetup: ['test/servers/install-all.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    allowOnly: process.env['CI'] !== 'true',
    reporters: ['default', './test/support/processes/report-tests.ts'],
    // Gigabytes at a time: one file after the other.
    fileParallelism: false,
    projects: REAL_SERVERS.map((name) => ({
      extends: true as const,
      test: {
        name,
        include: [
          'test/end-to-end/round-trip.test.ts',
          'test/end-to-end/boto3.test.ts',
          'test/servers/**/*.test.ts',
        ],
        // rclone cannot do all of it.
        exclude: name === 'rclone' ? ['test/servers/contract.test.ts'] : [],
        env: { PARTWISE_TEST_SERVER: name, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      },
    })),
  },
});
