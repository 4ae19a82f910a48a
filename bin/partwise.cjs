#!/usr/bin/env node
'use strict';

// Success has to be earned: whatever ends the program before its work has ended is a bug (70).
process.exitCode = 70;
let hasEnded = false;

async function main() {
  const { run } = require('../dist/program/main.js');
  process.exitCode = await run(process.argv.slice(2), process, require('../package.json').version);
  hasEnded = true;
}

// Node ends without a word when nothing is left to wait for, even while a promise is still pending.
process.once('beforeExit', () => {
  if (hasEnded) return;
  process.stderr.write(
    'partwise: internal error: the program stopped before its work was done. Please report this.\n',
  );
});

main().catch((error) => {
  hasEnded = true;
  // Node loads the program's own files on demand: with too few open files allowed, nothing is loaded that could explain it.
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write('partwise: too many open files to load the program. Raise the limit: ulimit -n 256\n');
  process.exitCode = 8;
});
