/** Turns something unknown into a value, or says what is wrong with it and where. */
export type Reader<T> = (value: unknown, at: string) => T;

/** An object whose every field must be asked for. */
export type Fields = {
  required<T>(name: string, read: Reader<T>): T;
  optional<T>(name: string, read: Reader<T>): T | undefined;
  /** @throws Error if there is a field nobody asked for */
  finish(): void;
};

/** Opens an object; fields that are `undefined` count as missing. */
export function openFields(value: unknown, at: string): Fields {
  const entries = readEntries(value, at);
  const asked: string[] = [];
  const optional = <T>(name: string, read: Reader<T>): T | undefined => {
    asked.push(name);
    const found = entries.get(name);
    return found === undefined ? undefined : read(found, `${at}.${name}`);
  };
  return {
    optional,
    required: (name, read) => {
      const found = optional(name, read);
      if (found === undefined) throw new Error(`${at}: ${name} is missing`);
      return found;
    },
    finish: () => {
      const unknown = [...entries.keys()].find((name) => !asked.includes(name));
      if (unknown === undefined) return;
      throw new Error(`${at}: there is no ${JSON.stringify(unknown)} here, only ${asked.join(', ')}`);
    },
  };
}

/** A text that is not empty. */
export const readText: Reader<string> = (value, at) => {
  if (typeof value !== 'string' || value === '') return refuse(value, at, 'a text');
  return value;
};

/** A text, perhaps an empty one. */
export const readAnyText: Reader<string> = (value, at) =>
  typeof value === 'string' ? value : refuse(value, at, 'a text');

export const readFlag: Reader<boolean> = (value, at) =>
  typeof value === 'boolean' ? value : refuse(value, at, 'true or false');

/** A whole number within bounds, both included. */
export function readWhole(from: number, to: number = Number.MAX_SAFE_INTEGER): Reader<number> {
  const wanted = to === Number.MAX_SAFE_INTEGER ? `${from} or more` : `${from} to ${to}`;
  return (value, at) => {
    const isWhole = typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to;
    return isWhole ? value : refuse(value, at, `a whole number, ${wanted}`);
  };
}

/** One of these words. */
export function readWord<const T extends string>(words: readonly T[]): Reader<T> {
  return (value, at) =>
    words.find((word) => word === value) ?? refuse(value, at, `one of ${words.join(', ')}`);
}

/** A list with at least one item. */
export function readList<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, at) => {
    if (!Array.isArray(value) || value.length === 0) return refuse(value, at, 'a list with something in it');
    return value.map((item, index) => read(item, `${at}[${index}]`));
  };
}

/** An object of any names. */
export function readRecord<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, at) => {
    const entries = [...readEntries(value, at)];
    return Object.fromEntries(entries.map(([name, item]) => [name, read(item, `${at}.${name}`)]));
  };
}

/** @throws Error that says what was wanted and what is there */
export function refuse(value: unknown, at: string, wanted: string): never {
  throw new Error(`${at}: expected ${wanted}, not ${JSON.stringify(value) ?? String(value)}`);
}

function readEntries(value: unknown, at: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(value, at, 'an object');
  return new Map(Object.entries(value));
}
