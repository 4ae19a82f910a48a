#!/usr/bin/env bash
# s3rver 3.7.1 (npm), on Node 20.20: a page of ListObjectsV2 that is not the last is a 500 InternalError; the same page by
# version 1 of the request, and the last page by version 2, are right. A client sees an outage that never ends, only in
# buckets of more keys than a page.
#
# Seen on 2026-11-29:
#   version 2, page of one of two keys: 500 InternalError
#   version 1, page of one of two keys: 200, truncated
#   version 2, all keys in one page:    200, not truncated
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts s3rver@3.7.1
mkdir data
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })")
node node_modules/s3rver/bin/s3rver.js -d data -a 127.0.0.1 -p "$port" --no-vhost-buckets --configure-bucket box >server.log 2>&1 &
server=$!
cat >ask.mjs <<'JS'
const box = `http://127.0.0.1:${process.argv[2]}/box`;
for (let tries = 0; tries < 100; tries++) {
  if (await fetch(box).then(() => true, () => false)) break;
  await new Promise((resolve) => setTimeout(resolve, 100));
}
for (const key of ['a', 'b']) await fetch(`${box}/${key}`, { method: 'PUT', body: 'text' });
const ask = async (query) => {
  const answer = await fetch(`${box}?${query}`);
  const text = await answer.text();
  return `${answer.status} ${/<Code>(.*?)<\/Code>/.exec(text)?.[1] ?? /<IsTruncated>(.*?)</.exec(text)?.[1]}`;
};
const seen = [await ask('list-type=2&max-keys=1'), await ask('max-keys=1'), await ask('list-type=2')];
console.log(seen.join('\n'));
process.exitCode = seen.join() === '500 InternalError,200 true,200 false' ? 0 : 1;
JS
node ask.mjs "$port"
