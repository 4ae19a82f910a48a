#!/usr/bin/env node
// The V8 of Node 20 compiles what is called often a second time, into faster code, too early for a program that runs a
// second. Two or three times later: a quarter less CPU for a thousand small files, hardly more for twenty thousand. Later
// ones know no such flag, and would say so.
if (process.versions.v8.startsWith('11.')) {
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  setFlagsFromString('--interrupt-budget=300000');
}
try {
  const { run } = await import('../dist/program/main.js');
  process.exitCode = await run(process.argv.slice(2), process);
} catch (error) {
  // Node reads the program's own files all at once; where too few may be open there is nobody yet to explain it.
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write('partwise: too many open files to load the program. Raise the limit: ulimit -n 256\n');
  process.exitCode = 8;
}
