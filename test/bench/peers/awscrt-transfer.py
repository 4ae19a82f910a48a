# The C runtime of AWS, as the newer tools use it, with CRC32: awscrt-transfer.py VERB ENDPOINT BUCKET KEY PATH PART_BYTES LANES CA
import os
import sys
from urllib.parse import urlsplit

from awscrt import auth, http, io, s3

verb, endpoint, bucket, key, path, part, lanes, ca = sys.argv[1:]
url = urlsplit(endpoint)
bootstrap = io.ClientBootstrap(io.EventLoopGroup(), io.DefaultHostResolver(io.EventLoopGroup()))
keys = auth.AwsCredentialsProvider.new_static(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
tls = None
if ca != "-":
    context = io.TlsContextOptions()
    context.override_default_trust_store_from_path(None, ca)
    tls = io.ClientTlsContext(context).new_connection_options()
client = s3.S3Client(
    bootstrap=bootstrap,
    region="us-east-1",
    signing_config=s3.create_default_s3_signing_config(region="us-east-1", credential_provider=keys),
    tls_mode=s3.S3RequestTlsMode.ENABLED if tls else s3.S3RequestTlsMode.DISABLED,
    tls_connection_options=tls,
    part_size=int(part),
    multipart_upload_threshold=int(part),
    max_active_connections_override=None if lanes == "-" else int(lanes),
)
headers = http.HttpHeaders([("Host", url.netloc)])
if verb == "put":
    headers.add("Content-Length", str(os.path.getsize(path)))
    what = {"type": s3.S3RequestType.PUT_OBJECT, "send_filepath": path}
    sums = s3.S3ChecksumConfig(algorithm=s3.S3ChecksumAlgorithm.CRC32, location=s3.S3ChecksumLocation.TRAILER)
else:
    what = {"type": s3.S3RequestType.GET_OBJECT, "recv_filepath": path}
    sums = s3.S3ChecksumConfig(validate_response=True)
request = http.HttpRequest("PUT" if verb == "put" else "GET", f"/{bucket}/{key}", headers)
client.make_request(request=request, checksum_config=sums, **what).finished_future.result()
