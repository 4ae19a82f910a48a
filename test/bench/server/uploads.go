package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

type part struct {
	number int
	size   int64
	crc32  string
}

type upload struct {
	bucket, key string
	parts       map[int]part
}

func (s *store) createUpload(bucket, key string) answer {
	s.mutex.Lock()
	id := fmt.Sprintf("upload-%d", len(s.uploads)+int(s.counts.stored.Load())+1)
	s.uploads[id] = &upload{bucket: bucket, key: key, parts: map[int]part{}}
	s.mutex.Unlock()
	return words("<InitiateMultipartUploadResult>" + tag("Bucket", bucket) + tag("Key", key) + tag("UploadId", id) +
		"</InitiateMultipartUploadResult>")
}

func (s *store) storePart(query url.Values, headers http.Header, body body) answer {
	if isWrong(headers, body) {
		return refuse(400, "BadDigest")
	}
	number, _ := strconv.Atoi(query.Get("partNumber"))
	s.mutex.Lock()
	found := s.uploads[query.Get("uploadId")]
	if found != nil {
		found.parts[number] = part{number, body.bytes, body.crc32}
	}
	s.mutex.Unlock()
	if found == nil {
		return refuse(404, "NoSuchUpload")
	}
	return answer{status: 200, headers: "ETag: " + etagOf(body.bytes) + "\r\n" + echo(headers, body), text: []byte{}}
}

func (s *store) completeUpload(bucket, key string, query url.Values, headers http.Header) answer {
	s.mutex.Lock()
	id := query.Get("uploadId")
	found := s.uploads[id]
	if found == nil {
		s.mutex.Unlock()
		return refuse(404, "NoSuchUpload")
	}
	size := int64(0)
	sum := uint32(0)
	for _, part := range found.inOrder() {
		size += part.size
		sum = combineCrc32(sum, crcOf(part.crc32), part.size)
	}
	checksums := echo(headers, body{})
	combined := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, sum))
	if said := headers.Get(crc32Header); s.settings.isChecking && said != "" && said != combined {
		s.mutex.Unlock()
		return refuse(400, "BadDigest")
	}
	object := stored{size: size, etag: etagOf(size), checksums: checksums}
	s.objects[bucket+"/"+key] = object
	delete(s.uploads, id)
	s.mutex.Unlock()
	s.counts.stored.Add(1)
	sums := ""
	if said := headers.Get(crc32Header); said != "" {
		sums = tag("ChecksumCRC32", said) + tag("ChecksumType", "FULL_OBJECT")
	}
	return words("<CompleteMultipartUploadResult>" + tag("Bucket", bucket) + tag("Key", key) + tag("ETag", object.etag) +
		sums + "</CompleteMultipartUploadResult>")
}

func (s *store) abortUpload(query url.Values) answer {
	s.mutex.Lock()
	delete(s.uploads, query.Get("uploadId"))
	s.mutex.Unlock()
	return answer{status: 204, text: []byte{}}
}

func (s *store) listParts(bucket, key string, query url.Values) answer {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found := s.uploads[query.Get("uploadId")]
	if found == nil {
		return refuse(404, "NoSuchUpload")
	}
	after, _ := strconv.Atoi(query.Get("part-number-marker"))
	lines := strings.Builder{}
	count, isTruncated, last := 0, false, after
	for _, part := range found.inOrder() {
		if part.number <= after {
			continue
		}
		if count == 1000 {
			isTruncated = true
			break
		}
		count, last = count+1, part.number
		lines.WriteString("<Part>" + tag("PartNumber", strconv.Itoa(part.number)) + tag("LastModified", modifiedText) +
			tag("ETag", etagOf(part.size)) + tag("Size", strconv.FormatInt(part.size, 10)) + "</Part>")
	}
	return words("<ListPartsResult>" + tag("Bucket", bucket) + tag("Key", key) + tag("UploadId", query.Get("uploadId")) +
		tag("NextPartNumberMarker", strconv.Itoa(last)) + tag("IsTruncated", strconv.FormatBool(isTruncated)) +
		lines.String() + "</ListPartsResult>")
}

func (u *upload) inOrder() []part {
	parts := make([]part, 0, len(u.parts))
	for _, part := range u.parts {
		parts = append(parts, part)
	}
	slices.SortFunc(parts, func(a, b part) int { return a.number - b.number })
	return parts
}

func crcOf(text string) uint32 {
	bytes, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(bytes) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(bytes)
}
