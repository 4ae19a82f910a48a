// Started with --import: writes the most memory the process ever held, in bytes, to the file PEAK_FILE names. What
// getrusage tells would be the peak of whoever started it, too.
import { readFileSync, writeFileSync } from 'node:fs';

process.on('exit', () => {
  const [, kilobytes = ''] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  writeFileSync(process.env.PEAK_FILE, String(Number(kilobytes) * 1024));
});
