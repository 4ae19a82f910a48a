#!/usr/bin/env bash
# Adobe S3Mock 4.11.0 (Maven): CompleteMultipartUpload with the right CRC32 of the whole object
# (x-amz-checksum-crc32 with x-amz-checksum-type: FULL_OBJECT, as the upload was begun) is 400 BadRequest "Value for
# x-amz-checksum-crc32 header is invalid."; without that header the same request succeeds. Every upload in parts of a client
# that sends whole-object checksums fails at its very end.
#
# Seen on 2026-11-29:
#   with the checksum of the whole object: 400 BadRequest
#   without it: 200
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
mvn --quiet dependency:copy -Dartifact=com.adobe.testing:s3mock:4.11.0:jar:exec -DoutputDirectory=.
free_port() { python3 -c "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"; }
port=$(free_port)
java -Xmx512m -Dserver.port="$(free_port)" -Dcom.adobe.testing.s3mock.httpPort="$port" \
  -Dcom.adobe.testing.s3mock.store.root="$folder/store" -jar s3mock-4.11.0-exec.jar >server.log 2>&1 &
server=$!
cat >ask.py <<'PY'
import base64, re, sys, time, urllib.error, urllib.request, zlib
server = f"http://127.0.0.1:{sys.argv[1]}"
def ask(method, path, body=None, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(server + path, data=body, method=method, headers=names)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    return answer.status, answer.read().decode(), answer.headers
for _ in range(300):
    try:
        ask("PUT", "/box")
        break
    except (urllib.error.URLError, ConnectionError):
        time.sleep(0.2)
text = b"the only part"
crc = base64.b64encode(zlib.crc32(text).to_bytes(4, "big")).decode()
def put(**at_the_end):
    begun = ask("POST", "/box/key?uploads", x_amz_checksum_algorithm="CRC32", x_amz_checksum_type="FULL_OBJECT")[1]
    upload = re.search(r"<UploadId>(.*?)</UploadId>", begun).group(1)
    etag = ask("PUT", f"/box/key?partNumber=1&uploadId={upload}", text, x_amz_checksum_crc32=crc)[2]["ETag"]
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag><ChecksumCRC32>{crc}</ChecksumCRC32></Part>"
    body = f'<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{part}</CompleteMultipartUpload>'
    status, answer, _ = ask("POST", f"/box/key?uploadId={upload}", body.encode(), content_type="application/xml", **at_the_end)
    code = re.search(r"<Code>(.*?)</Code>", answer)
    return f"{status} {code.group(1)}" if code else str(status)
seen = [put(x_amz_checksum_crc32=crc, x_amz_checksum_type="FULL_OBJECT"), put()]
print(*seen, sep="\n")
sys.exit(seen != ["400 BadRequest", "200"])
PY
python3 ask.py "$port"
