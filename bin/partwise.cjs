#!/usr/bin/env node
'use strict';

let hasEnded = false;

async function main() {
  const { run } = require('../dist/program/main.js');
  process.exitCode = await run(process.argv.slice(2), process, require('../package.json').version);
  hasEnded = true;
}

// Success has to be earned. Node ends without a word, and with 0, when nothing is left to wait for, even while a promise
// is still pending: that is a bug (70).
process.once('beforeExit', () => {
  if (hasEnded) return;
  process.stderr.write(
    'partwise: internal error: the program stopped before its work was done. Please report this.\n',
  );
});
process.once('exit', (code) => {
  if (!hasEnded && code === 0) process.exitCode = 70;
});

main().catch((error) => {
  hasEnded = true;
  // Node loads the program's own files on demand: with too few open files allowed, nothing is loaded that could explain it.
  const isShortOfFiles = error?.code === 'EMFILE' || error?.code === 'ENFILE';
  const sentence = isShortOfFiles
    ? 'too many open files to load the program. Raise the limit: ulimit -n 256'
    : `internal error: ${error?.message ?? error}. Please report this.`;
  process.stderr.write(`partwise: ${sentence}\n`);
  process.exitCode = isShortOfFiles ? 8 : 70;
});
