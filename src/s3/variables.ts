import type { Environment } from './profile.ts';

/** A value, and where it came from. */
export type Found<T> = { readonly value: T; readonly from: string };

/** An empty variable counts as not set. */
export function variable(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

/** The first of several variables that is set. */
export function firstVariable(env: Environment, names: readonly string[]): Found<string> | undefined {
  for (const name of names) {
    const value = variable(env, name);
    if (value !== undefined) return { value, from: name };
  }
  return undefined;
}
