import type { Soaked } from './soak-one.ts';

/** Sums over all transfers of a soak. */
export type Tally = {
  add(soaked: Soaked): void;
  /** Whether bytes were lost or uploads left without a word. */
  isClean(): boolean;
  print(title: string): string;
};

/** Begins to add up. */
export function openTally(): Tally {
  const sums = {
    transfers: 0,
    puts: 0,
    bytes: 0,
    runs: 0,
    faults: 0,
    retries: 0,
    resumes: 0,
    honest: 0,
    named: 0,
    unanswered: 0,
    killed: 0,
    partials: 0,
    bytesLost: 0,
    uploadsLeft: 0,
    wrong: 0,
  };
  const signals = new Map<string, number>();
  return {
    add({ direction, bytes, runs, requests, leftovers, excuse, wrong }) {
      sums.transfers++;
      if (direction === 'put') sums.puts++;
      sums.bytes += bytes;
      sums.runs += runs.length;
      sums.faults += requests.reduce((sum, { did }) => sum + did.length, 0);
      for (const { ended, interrupted, partials } of runs) {
        const results = resultsIn(`${ended.stdout.slice(0, 1_000_000)}\n${ended.stderr}`);
        sums.retries += results.reduce((sum, { retries }) => sum + retries, 0);
        sums.resumes += results.filter(({ resumedParts }) => resumedParts > 0).length;
        if (ended.code !== 0) sums.honest++;
        sums.partials += partials;
        const signal = interrupted.split(' ')[0] ?? '';
        if (signal !== '') signals.set(signal, (signals.get(signal) ?? 0) + 1);
      }
      const isLost = wrong.some((text) => text.startsWith('WRONG BYTES'));
      sums.named += leftovers.named.length;
      sums[excuse ?? 'uploadsLeft'] += leftovers.unnamed.length;
      sums.uploadsLeft += leftovers.lasting.length;
      sums.bytesLost += isLost ? bytes : 0;
      sums.wrong += wrong.length > 0 ? 1 : 0;
    },
    isClean: () => sums.wrong === 0,
    print: (title) =>
      [
        title,
        `transfers       ${sums.transfers} (${sums.puts} put, ${sums.transfers - sums.puts} get), ${sums.runs} runs`,
        `bytes           ${(sums.bytes / 1024 ** 3).toFixed(2)} GiB`,
        `faults injected ${sums.faults}`,
        `retries         ${sums.retries} (of runs that ended with a result)`,
        `signals         ${[...signals].map(([name, count]) => `${name} ${count}`).join(', ') || 'none'}`,
        `resumes         ${sums.resumes}`,
        `honest failures ${sums.honest}`,
        `uploads kept    ${sums.named} named and discarded`,
        `uploads unnamed ${sums.unanswered} whose beginning was not answered, ${sums.killed} of killed programs`,
        `partial files   ${sums.partials} left by kills, of gets that nothing remembers`,
        `bytes lost      ${sums.bytesLost}`,
        `uploads left    ${sums.uploadsLeft}`,
        `transfers wrong ${sums.wrong}`,
        '',
      ].join('\n'),
  };
}

type Result = { readonly retries: number; readonly resumedParts: number };

/** The results among what a program said. */
function resultsIn(said: string): Result[] {
  return said
    .split('\n')
    .filter((line) => line.startsWith('{"type":"result"'))
    .map((line) => {
      const { retries, resumedParts } = JSON.parse(line);
      return { retries: Number(retries), resumedParts: Number(resumedParts) };
    });
}
