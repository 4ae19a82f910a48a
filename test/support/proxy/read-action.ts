import { validateHeaderName, validateHeaderValue } from 'node:http';
import { constants } from 'node:os';
import {
  type Fields,
  openFields,
  type Reader,
  readAnyText,
  readFlag,
  readList,
  readRecord,
  readText,
  readWhole,
  readWord,
  refuse,
} from './fields.ts';
import type { Action, ActionName, Step } from './rule.ts';

const ACTION_NAMES = [
  'answer',
  'delay',
  'throttle',
  'stall',
  'reset',
  'close',
  'truncate',
  'flip',
  'lose-reply',
  'replace-answer',
  'set-headers',
  'remove-headers',
  'date-offset',
  'signal',
  'down',
  'one-of',
] as const satisfies readonly ActionName[];

// A longer timer would fire at once.
const readMs = readWhole(0, 2 ** 31 - 1);
const readStatus = readWhole(200, 599);
const readDirection = readWord(['up', 'down']);
const readHow = readWord(['reset', 'close']);

/** Reads one action. */
export const readAction: Reader<Action> = (value, at) => {
  const fields = openFields(value, at);
  const name = fields.required('action', readWord(ACTION_NAMES));
  const action = readNamed(name, fields, at);
  fields.finish();
  return action;
};

function readNamed(action: ActionName, fields: Fields, at: string): Action {
  switch (action) {
    case 'answer':
      return {
        action,
        status: fields.required('status', readStatus),
        headers: fields.optional('headers', readHeaders),
        body: fields.optional('body', readAnyText),
        drain: fields.optional('drain', readFlag),
        thenClose: fields.optional('thenClose', readFlag),
      };
    case 'delay':
      return readDelay(fields, at);
    case 'throttle':
      return {
        action,
        direction: fields.required('direction', readDirection),
        bytesPerSecond: fields.required('bytesPerSecond', readWhole(1)),
      };
    case 'stall':
    case 'reset':
    case 'close':
      return {
        action,
        direction: fields.required('direction', readDirection),
        afterBytes: fields.required('afterBytes', readWhole(0)),
      };
    case 'truncate':
      return {
        action,
        bytes: fields.required('bytes', readWhole(0)),
        fixContentLength: fields.required('fixContentLength', readFlag),
      };
    case 'flip':
      return {
        action,
        direction: fields.required('direction', readDirection),
        atByte: fields.required('atByte', readWhole(0)),
      };
    case 'lose-reply':
      return { action, how: fields.required('how', readHow) };
    case 'replace-answer':
      return {
        action,
        status: fields.optional('status', readStatus),
        headers: fields.optional('headers', readHeaders),
        body: fields.optional('body', readAnyText),
      };
    case 'set-headers':
      return {
        action,
        direction: fields.required('direction', readDirection),
        headers: fields.required('headers', readHeaders),
      };
    case 'remove-headers':
      return {
        action,
        direction: fields.required('direction', readDirection),
        names: fields.required('names', readList(readHeaderName)),
      };
    case 'date-offset':
      return { action, seconds: fields.required('seconds', readWhole(-1e10, 1e10)) };
    case 'signal':
      return readSignal(fields, at);
    case 'down':
      return { action, forMs: fields.required('forMs', readMs) };
    case 'one-of':
      return { action, of: fields.required('of', readList(readAction)) };
  }
}

function readDelay(fields: Fields, at: string): Action {
  const when = fields.required('when', readWord(['before-forward', 'before-answer']));
  const readBodyFirst = fields.optional('readBodyFirst', readFlag);
  if (readBodyFirst === true && when === 'before-answer') {
    throw new Error(`${at}: readBodyFirst only goes with before-forward`);
  }
  return { action: 'delay', ms: fields.required('ms', readMs), when, readBodyFirst };
}

function readSignal(fields: Fields, at: string): Action {
  // Never init, a process group, or everybody.
  const pid = fields.optional('pid', readWhole(2));
  const pidFile = fields.optional('pidFile', readText);
  if ((pid === undefined) === (pidFile === undefined)) throw new Error(`${at}: either pid or pidFile`);
  return {
    action: 'signal',
    at: fields.required('at', readStep),
    signal: fields.required('signal', readWord(Object.keys(constants.signals))),
    pid,
    pidFile,
    hold: fields.optional('hold', readFlag),
    afterMs: fields.optional('afterMs', readMs),
  };
}

const readStep: Reader<Step> = (value, at) => {
  const text = readText(value, at);
  const bytes = /^request-body-bytes:(\d+)$/.exec(text)?.[1];
  if (bytes !== undefined) return `request-body-bytes:${readWhole(1)(Number(bytes), at)}`;
  switch (text) {
    case 'request-headers':
    case 'request-complete':
    case 'answer-received':
    case 'answer-sent':
      return text;
    default:
      return refuse(
        value,
        at,
        'request-headers, request-body-bytes:N, request-complete, answer-received or answer-sent',
      );
  }
};

const readHeaderName: Reader<string> = (value, at) => {
  const name = readText(value, at);
  try {
    validateHeaderName(name);
  } catch {
    refuse(value, at, 'the name of a header');
  }
  return name;
};

const readHeaders: Reader<Readonly<Record<string, string>>> = (value, at) => {
  const headers = readRecord(readAnyText)(value, at);
  for (const [name, text] of Object.entries(headers)) {
    readHeaderName(name, at);
    try {
      validateHeaderValue(name, text);
    } catch {
      refuse(text, `${at}.${name}`, 'the value of a header');
    }
  }
  return headers;
};
