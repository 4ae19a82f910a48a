import { expect, it } from 'vitest';
import { recallPace, rememberPace } from '../../src/cli/pace-memory.ts';
import type { EndpointMemory } from '../../src/local/endpoint-memory.ts';

function memoryOf(fields: Record<string, unknown> = {}): EndpointMemory & { pages: Map<string, object> } {
  const pages = new Map<string, object>();
  return {
    pages,
    recall: (name) => Promise.resolve(new Map(Object.entries(pages.get(name) ?? fields))),
    async remember(name, page) {
      pages.set(name, page);
    },
  };
}

it('the pace of an endpoint is remembered on a page of its own', async () => {
  const memory = memoryOf();
  await rememberPace(memory, 'http://a/', { lanes: 32 });
  expect(await recallPace(memory, 'http://a/')).toEqual({ lanes: 32 });
  expect(await recallPace(memory, 'http://b/')).toBeUndefined();
  expect(memory.pages.has('http://a/')).toBe(false);
});

it.each([0, -8, 1.5, '8', null, Number.POSITIVE_INFINITY])('%j remembered lanes are none', async (lanes) => {
  expect(await recallPace(memoryOf({ lanes }), 'http://a/')).toBeUndefined();
});

it('where nothing can be written nothing is said', async () => {
  const memory = { ...memoryOf(), remember: () => Promise.reject(new Error('EROFS')) };
  await expect(rememberPace(memory, 'http://a/', { lanes: 8 })).resolves.toBeUndefined();
});
