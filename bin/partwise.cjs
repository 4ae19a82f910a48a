#!/usr/bin/env node
'use strict';

async function main() {
  const { run } = require('../dist/program/main.js');
  process.exitCode = await run(process.argv.slice(2), process, require('../package.json').version);
}

main().catch((error) => {
  // Node reads the program's own files when they are needed; where too few may be open there is nobody yet to explain it.
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write('partwise: too many open files to load the program. Raise the limit: ulimit -n 256\n');
  process.exitCode = 8;
});
