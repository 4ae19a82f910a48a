#!/usr/bin/env bash
# moto 5.2.5 (PyPI): the root element of the answer to ListParts is ListPartsResponse; S3's is ListPartsResult. What is in
# it is S3's. A client that knows a document by its root takes every resume for the answer of something that is not S3.
#
# Seen on 2026-11-29:
#   InitiateMultipartUploadResult, then ListPartsResponse
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'moto[server]==5.2.5'
cat >serve.py <<'PY'
import sys
from moto.server import main
main(["-H", "127.0.0.1", "-p", sys.argv[1]])
PY
cat >ask.py <<'PY'
import re, sys, time, urllib.request
server = f"http://127.0.0.1:{sys.argv[1]}"
# moto tells its services apart by the credential, and checks no signature.
scope = "Credential=key/20260101/us-east-1/s3/aws4_request"
headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
def ask(method, path):
    request = urllib.request.Request(server + path, method=method, headers=headers)
    return urllib.request.urlopen(request).read().decode()
for _ in range(100):
    try:
        ask("PUT", "/box")
        break
    except urllib.error.URLError:
        time.sleep(0.1)
root = lambda text: re.search(r"<([A-Za-z]+)", text.split("?>", 1)[-1]).group(1)
begun = ask("POST", "/box/key?uploads")
upload = re.search(r"<UploadId>(.*?)</UploadId>", begun).group(1)
seen = [root(begun), root(ask("GET", f"/box/key?uploadId={upload}"))]
print(*seen, sep="\n")
sys.exit(seen != ["InitiateMultipartUploadResult", "ListPartsResponse"])
PY
port=$(python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])")
venv/bin/python serve.py "$port" >server.log 2>&1 &
server=$!
venv/bin/python ask.py "$port"
