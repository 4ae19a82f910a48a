package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An object or upload as it is remembered: never its bytes.
type stored struct {
	size      int64
	etag      string
	checksums string
}

// What the buckets hold: `keys` generated objects, `source` one object of every size (`bytes-SIZE`), any other what was
// put there.
type store struct {
	settings settings
	content  *content
	counts   counts
	mutex    sync.Mutex
	objects  map[string]stored
	uploads  map[string]*upload
	now      string
	nowUntil time.Time
}

func openStore(settings settings) *store {
	content, err := makeContent()
	if err != nil {
		log.Fatal(err)
	}
	return &store{settings: settings, content: content, objects: map[string]stored{}, uploads: map[string]*upload{}}
}

func (s *store) date() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if now := time.Now(); now.After(s.nowUntil) {
		s.now, s.nowUntil = now.UTC().Format(http.TimeFormat), now.Add(time.Second/2)
	}
	return s.now
}

func (s *store) answer(request *http.Request, body body) answer {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
	query := request.URL.Query()
	has := func(name string) bool { return query.Has(name) }
	switch method := request.Method; {
	case bucket == "_counts":
		return xmlOrJson("application/json", s.counts.print())
	case bucket == "":
		return words("<ListAllMyBucketsResult><Owner><ID>bench</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>")
	case key == "":
		return s.answerBucket(method, bucket, query)
	case method == http.MethodPost && has("uploads"):
		return s.createUpload(bucket, key)
	case method == http.MethodPut && has("partNumber"):
		return s.storePart(query, request.Header, body)
	case method == http.MethodPost && has("uploadId"):
		return s.completeUpload(bucket, key, query, request.Header)
	case method == http.MethodDelete && has("uploadId"):
		return s.abortUpload(query)
	case method == http.MethodGet && has("uploadId"):
		return s.listParts(bucket, key, query)
	case method == http.MethodPut:
		return s.storeObject(bucket+"/"+key, request.Header, body)
	case method == http.MethodDelete:
		return answer{status: 204, text: []byte{}}
	case method == http.MethodGet || method == http.MethodHead:
		return s.readObject(method, bucket, key, request.Header)
	}
	return refuse(501, "NotImplemented")
}

func (s *store) storeObject(name string, headers http.Header, body body) answer {
	if isWrong(headers, body) {
		return refuse(400, "BadDigest")
	}
	object := stored{size: body.bytes, etag: etagOf(body.bytes), checksums: echo(headers, body)}
	s.mutex.Lock()
	s.objects[name] = object
	s.mutex.Unlock()
	s.counts.stored.Add(1)
	return answer{status: 200, headers: "ETag: " + object.etag + "\r\n" + object.checksums, text: []byte{}}
}

var sizeInName = regexp.MustCompile(`^bytes-(\d+)`)

// find answers what an object is, and whether its bytes are the generated ones.
func (s *store) find(bucket, key string) (object stored, isGenerated, isThere bool) {
	size := int64(-1)
	if found := sizeInName.FindStringSubmatch(key); bucket == "source" && found != nil {
		size, _ = strconv.ParseInt(found[1], 10, 64)
	} else if bucket == "keys" && s.hasKey(key) {
		size = s.settings.objectSize
	}
	if size >= 0 {
		sum := base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint32(nil, s.content.crc32(size)))
		checksums := "x-amz-checksum-crc32: " + sum + "\r\nx-amz-checksum-type: FULL_OBJECT\r\n"
		return stored{size: size, etag: etagOf(size), checksums: checksums}, true, true
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	object, isThere = s.objects[bucket+"/"+key]
	return object, false, isThere
}

func (s *store) readObject(method, bucket, key string, headers http.Header) answer {
	object, isGenerated, isThere := s.find(bucket, key)
	if !isThere {
		return refuse(404, "NoSuchKey")
	}
	if !isGenerated && method == http.MethodGet {
		// Its bytes were dropped.
		return refuse(501, "NotImplemented")
	}
	if match := headers.Get("If-Match"); match != "" && match != object.etag {
		return refuse(412, "PreconditionFailed")
	}
	first, last, isRange := rangeOf(headers.Get("Range"), object.size)
	if isRange && first >= object.size {
		return refuse(416, "InvalidRange")
	}
	reply := answer{status: 200, offset: first, bytes: last - first + 1}
	lines := "ETag: " + object.etag + "\r\nLast-Modified: " + modified.Format(http.TimeFormat) +
		"\r\nAccept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\n"
	if isRange {
		reply.status = 206
		lines += fmt.Sprintf("Content-Range: bytes %d-%d/%d\r\n", first, last, object.size)
	} else if strings.EqualFold(headers.Get("X-Amz-Checksum-Mode"), "enabled") {
		lines += object.checksums
	}
	reply.headers = lines
	if !isGenerated {
		reply.text, reply.headers = []byte{}, lines+fmt.Sprintf("Content-Length: %d\r\n", object.size)
	}
	return reply
}

func rangeOf(header string, size int64) (first, last int64, isRange bool) {
	text, isRange := strings.CutPrefix(header, "bytes=")
	if !isRange {
		return 0, size - 1, false
	}
	from, to, _ := strings.Cut(text, "-")
	last = size - 1
	if from == "" {
		suffix, _ := strconv.ParseInt(to, 10, 64)
		return max(0, size-suffix), last, true
	}
	first, _ = strconv.ParseInt(from, 10, 64)
	if end, err := strconv.ParseInt(to, 10, 64); err == nil {
		last = min(last, end)
	}
	return first, last, true
}
