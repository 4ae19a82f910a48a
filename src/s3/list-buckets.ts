import { ListBucketsCommand, type ListBucketsCommandOutput } from '@aws-sdk/client-s3';
import type { PageOptions, Store } from '../transfer/ports.ts';
import type { Caller } from './call.ts';
import { mustAdvance, page } from './list-page.ts';
import { watchGreatest, watchProgress } from './list-progress.ts';

/** The buckets of the account. */
export async function* listBuckets(caller: Caller, options: PageOptions): ReturnType<Store['listBuckets']> {
  const what = 'list the buckets';
  const progress = watchProgress(what);
  const greatest = watchGreatest();
  for (let token = ''; ; ) {
    const make = (): object => new ListBucketsCommand(token ? { ContinuationToken: token } : {});
    const output = await page(
      caller,
      make,
      what,
      'ListAllMyBucketsResult',
      options,
      (found: ListBucketsCommandOutput) => found,
    );
    for (const { Name, CreationDate } of output.Buckets ?? []) {
      if (Name !== undefined) yield { name: Name, created: CreationDate };
    }
    if (!output.ContinuationToken) return;
    const name = output.Buckets?.at(-1)?.Name;
    progress.page(output.Buckets?.length ?? 0, name !== undefined && greatest.isBehind(name));
    token = mustAdvance(what, token, output.ContinuationToken);
  }
}
