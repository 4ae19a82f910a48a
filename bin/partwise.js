#!/usr/bin/env node
try {
  const { run } = await import('../dist/program/main.js');
  process.exitCode = await run(process.argv.slice(2), process);
} catch (error) {
  // Node reads the program's own files all at once; where too few may be open there is nobody yet to explain it.
  if (error?.code !== 'EMFILE' && error?.code !== 'ENFILE') throw error;
  process.stderr.write('partwise: too many open files to load the program. Raise the limit: ulimit -n 256\n');
  process.exitCode = 8;
}
