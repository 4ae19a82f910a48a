import { createBars } from '../../../src/report/bars.ts';
import { readRecording } from './recording.ts';

// Draws a recording up to a moment, waits for a line on stdin, then stops the bars and says so. The file stays
// open until it is killed, so that what is left on the terminal can be looked at.
const [name = '', until = '0'] = process.argv.slice(2);
let atMs = 0;
const bars = createBars({ out: process.stderr, now: () => atMs, color: true });
for (const { atMs: at, event } of readRecording(name).filter(({ atMs }) => atMs <= Number(until))) {
  atMs = at;
  bars.emit(event);
}
bars.log('logged above the bars');
process.stdin.once('data', () => {
  bars.stop();
  process.stderr.write('stopped\n');
});
