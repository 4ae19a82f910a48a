/** What people type who come from other tools, and what it is here; or where to do what is not done here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cp: 'put stores files, get fetches them: partwise put FILE s3://bucket/key, partwise get s3://bucket/key FILE',
    copy: 'put stores files, get fetches them: partwise put -r DIR s3://bucket/prefix/',
    upload: 'it is called put: partwise put FILE s3://bucket/key',
    download: 'it is called get: partwise get s3://bucket/key FILE',
    mv: 'nothing is moved: put or get the object, then delete the original with "rm" or "aws s3 rm"',
    sync: 'put -r -u and get -r -u move what is newer or missing; nothing is deleted (for that: aws s3 sync, rclone sync)',
    mirror:
      'put -r -u and get -r -u move what is newer or missing; nothing is deleted (for that: rclone sync)',
    rm: 'objects are not deleted (use aws s3 rm or rclone delete); unfinished uploads are, by abort and cleanup',
    delete:
      'objects are not deleted (use aws s3 rm or rclone delete); unfinished uploads are, by abort and cleanup',
    mb: 'buckets are not made here; use aws s3 mb or the console of the provider',
    rb: 'buckets are not removed here; use aws s3 rb or the console of the provider',
    presign: 'links are not signed here; use aws s3 presign or rclone link',
    share: 'links are not signed here; use aws s3 presign or rclone link',
    cat: 'partwise get s3://bucket/key - writes an object to stdout',
    pipe: 'partwise put - s3://bucket/key stores what comes from stdin',
    rcat: 'partwise put - s3://bucket/key stores what comes from stdin',
    du: 'partwise ls -r --summarize -H s3://bucket/prefix sums up',
    find: 'partwise ls -r --include GLOB s3://bucket/prefix lists what matches',
    list: 'it is called ls: partwise ls s3://bucket/prefix',
    stat: 'partwise ls --exact s3://bucket/key shows one object',
    head: 'partwise ls --exact s3://bucket/key shows one object; partwise get --range 0-99 s3://bucket/key - its beginning',
    check: 'partwise put --verify-only FILE s3://bucket/key proves that both are the same',
    config: 'there is no configuration file: flags, variables and AWS profiles say how to connect',
    configure: 'there is no configuration file: flags, variables and AWS profiles say how to connect',
    alias: 'there are no aliases: name the server with --endpoint-url, or a profile with --profile',
  }),
);

/** One sentence for a command that is not here; `undefined` where nobody can guess what was meant. */
export function whereElse(command: string): string | undefined {
  return ELSEWHERE.get(command);
}
