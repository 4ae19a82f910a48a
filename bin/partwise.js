#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';

// V8 compiles what is called often a second time, into faster code: for a program that runs a second this costs more
// than it brings. Ten times later than usual: a quarter less CPU for a thousand small files, a tenth for a gigabyte.
setFlagsFromString('--interrupt-budget=1000000');
try {
  const { run } = await import('../dist/program/main.js');
  process.exitCode = await run(process.argv.slice(2), process);
} catch (error) {
  // Node reads the program's own files all at once; where too few may be open there is nobody yet to explain it.
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write('partwise: too many open files to load the program. Raise the limit: ulimit -n 256\n');
  process.exitCode = 8;
}
