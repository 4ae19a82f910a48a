import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous on purpose: no test measures time, a busy machine must not fail one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // In CI a focused test is a mistake.
    allowOnly: process.env['CI'] !== 'true',
  },
});
