// What npm runs before it packs or publishes, after npm ci, and where a project depends on a git URL: builds dist from
// nothing, so that no package holds what an older build left, or nothing at all.
import { execSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';

const run = (command) => execSync(command, { stdio: ['ignore', 2, 2] });

// npm pack in a fresh clone has installed nothing.
if (!existsSync('node_modules/.bin/tsc')) run('npm ci --include=dev --ignore-scripts --no-audit --no-fund');
rmSync('dist', { recursive: true, force: true });
run('npm run build');
