import { type Answer, drain, ownAnswer, replaceAnswer, sendAnswer } from './answer.ts';
import { BreakOff, pause, waitForEver } from './break-off.ts';
import type { Exchange } from './exchange.ts';
import { forward, readBody } from './forward.ts';
import { actionsOf } from './rule.ts';
import { sendSignalsAt } from './send-signal.ts';
import { spoilBody, spoilStart } from './spoil-body.ts';
import { flush } from './write-body.ts';

const READING_MS = 50;

/** Takes an exchange through all its steps; never rejects. */
export async function carryOut(exchange: Exchange): Promise<void> {
  try {
    await takeSteps(exchange);
  } catch (error) {
    await breakOff(exchange, error);
  }
}

async function takeSteps(exchange: Exchange): Promise<void> {
  const { actions, line, gone, closing } = exchange;
  await sendSignalsAt('request-headers', actions, exchange);
  const answer = await obtainAnswer(exchange);
  try {
    await sendSignalsAt('answer-received', actions, exchange);
    for (const { how } of actionsOf(actions, 'lose-reply')) {
      await drain(answer.body);
      line.did('lose-reply');
      line.end('lost');
      throw new BreakOff(how);
    }
    const replaced = await replace(answer, exchange);
    for (const { ms, when } of actionsOf(actions, 'delay')) {
      if (when !== 'before-answer') continue;
      await pause(ms, gone);
      line.did('delay');
    }
    await sendAnswer(replaced, exchange);
  } finally {
    answer.dispose();
  }
  // The program may have gone by now, which is no reason not to send it.
  await sendSignalsAt('answer-sent', actions, { line, gone: closing });
}

async function obtainAnswer(exchange: Exchange): Promise<Answer> {
  const { incoming, response, awaitsContinue, actions, line, gone } = exchange;
  for (const { ms, when, readBodyFirst } of actionsOf(actions, 'delay')) {
    if (when !== 'before-forward' || readBodyFirst === true) continue;
    await pause(ms, gone);
    line.did('delay');
  }
  for (const { forMs } of actionsOf(actions, 'down')) {
    line.did('down');
    exchange.takeDown(forMs);
    await waitForEver(gone);
  }
  await spoilStart('up', actions, exchange);
  const [own] = actionsOf(actions, 'answer');
  if (own === undefined) return await forward(exchange);
  if (own.drain === true) {
    if (awaitsContinue) response.writeContinue();
    const body = readBody(incoming, 'client-gone', (bytes) => line.countUp(bytes));
    await drain(spoilBody(body, 'up', actions, exchange));
    await sendSignalsAt('request-complete', actions, exchange);
  }
  line.did('answer');
  return ownAnswer(own);
}

async function replace(answer: Answer, { actions, line }: Exchange): Promise<Answer> {
  const [action] = actionsOf(actions, 'replace-answer');
  if (action === undefined) return answer;
  line.did('replace-answer');
  return await replaceAnswer(answer, action);
}

async function breakOff({ incoming, response, line, gone }: Exchange, error: unknown): Promise<void> {
  const { socket } = incoming;
  if (!(error instanceof BreakOff)) line.did(`failed: ${String(error)}`);
  const how = error instanceof BreakOff ? error.how : 'target-gone';
  switch (how) {
    case 'reset':
      line.end('reset');
      await flush(socket);
      // Bytes and an RST that come at once look like an end to libuv: the program gets a moment to read.
      if (response.headersSent) await pause(READING_MS, gone).catch(() => {});
      socket.resetAndDestroy();
      return;
    case 'close':
      line.end('closed');
      socket.end();
      // With bytes unread the kernel would send an RST.
      incoming.resume();
      return;
    case 'client-gone':
      line.end('client-gone');
      socket.destroy();
      return;
    case 'target-gone':
      line.end('target-gone');
      socket.resetAndDestroy();
      return;
  }
}
