import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeJson } from '../../src/report/escape-json.ts';
import { createJsonLines } from '../../src/report/json-lines.ts';
import { readRecording } from './support/recording.ts';

describe('JSON lines', () => {
  it('are the events, one a line, with secrets removed from reasons', () => {
    let text = '';
    const { emit } = createJsonLines({ out: { write: (more) => (text += more) } });
    const events = readRecording('put-one-file').map(({ event }) => event);
    for (const event of events) emit(event);
    const lines: unknown[] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const expected = structuredClone(events);
    const retrying = events.findIndex(({ type }) => type === 'part.retrying');
    Object.assign(expected[retrying] ?? {}, { reason: 'connection reset\n(Authorization: ***' });
    expect(lines).toEqual(expected);
  });

  it('carry what is logged, and no events after the end', () => {
    let text = '';
    const lines = createJsonLines({ out: { write: (more) => (text += more) } });
    lines.log('hello');
    lines.stop();
    lines.emit({ type: 'endpoint.back', awayMs: 1 });
    lines.log('careful', 'warning');
    expect(text).toBe('{"type":"message","message":"hello"}\n{"type":"warning","message":"careful"}\n');
  });

  it('escape what JSON lets through and a terminal does not', () => {
    expect(escapeJson('\u2028\u009b\u007f\u202e\u{e0041}é')).toBe(
      '"\\u2028\\u009b\\u007f\\u202e\\udb40\\udc41é"',
    );
    expect(escapeJson(undefined)).toBe('null');
  });

  it('give back the same value, from one line without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = escapeJson({ text });
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(line)).toEqual({ text });
      }),
    );
  });
});
