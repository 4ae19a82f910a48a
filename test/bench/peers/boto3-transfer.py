# boto3 as its documentation shows it: boto3-transfer.py VERB ENDPOINT BUCKET KEY PATH PART_BYTES LANES SIGNED
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

verb, endpoint, bucket, key, path, part, lanes, signed = sys.argv[1:]
signing = {} if signed == "-" else {"payload_signing_enabled": signed == "true"}
s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path", **signing}))
if verb == "ls":
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            print(item["Size"], item["Key"])
else:
    config = TransferConfig(multipart_threshold=int(part), multipart_chunksize=int(part), max_concurrency=int(lanes))
    if verb == "put":
        s3.upload_file(path, bucket, key, Config=config)
    else:
        s3.download_file(bucket, key, path, Config=config)
