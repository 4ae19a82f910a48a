import { defineConfig } from 'vitest/config';
import { REAL_SERVERS } from './test/servers/server.ts';

const EVERYTHING = [
  'test/end-to-end/round-trip.test.ts',
  'test/end-to-end/boto3.test.ts',
  'test/servers/**/*.test.ts',
];

/** The same round trips against real servers, and what is too large for every day. */
export default defineConfig({
  test: {
    globalSetup: ['test/servers/install-all.ts'],
    testTimeout: 900_000,
    hookTimeout: 300_000,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    allowOnly: process.env['CI'] !== 'true',
    reporters: [
      'default',
      './test/servers/report-capabilities.ts',
      './test/support/processes/report-tests.ts',
    ],
    // Gigabytes at a time: one file after the other.
    fileParallelism: false,
    projects: (['embedded', ...REAL_SERVERS] as const).map((name) => ({
      extends: true as const,
      test: {
        name,
        // All the rest of the embedded one is in npm test.
        include: name === 'embedded' ? ['test/servers/capabilities.test.ts'] : EVERYTHING,
        // rclone cannot do all of it.
        exclude: name === 'rclone' ? ['test/servers/contract.test.ts'] : [],
        env: { PARTWISE_TEST_SERVER: name, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
      },
    })),
  },
});
