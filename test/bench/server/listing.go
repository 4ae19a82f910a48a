package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
)

// keyOf names the generated objects in order: a thousand a folder.
func keyOf(index int) string {
	return fmt.Sprintf("data/%06d/object-%09d.bin", index/1000, index)
}

func (s *store) hasKey(key string) bool {
	index := s.firstFrom(key)
	return index < s.settings.objects && keyOf(index) == key
}

// firstFrom is the index of the first key that is not before this text.
func (s *store) firstFrom(text string) int {
	return sort.Search(s.settings.objects, func(index int) bool { return keyOf(index) >= text })
}

func (s *store) answerBucket(method, bucket string, query url.Values) answer {
	switch {
	case method == http.MethodHead:
		return answer{status: 200, headers: "x-amz-bucket-region: us-east-1\r\n", text: []byte{}}
	case method == http.MethodPut:
		return answer{status: 200, text: []byte{}}
	case query.Has("location"):
		return words("<LocationConstraint></LocationConstraint>")
	case query.Has("uploads"):
		return s.listUploads(bucket)
	case query.Has("versioning"):
		return words("<VersioningConfiguration></VersioningConfiguration>")
	case method != http.MethodGet:
		return refuse(501, "NotImplemented")
	}
	for _, other := range []string{"policy", "acl", "lifecycle", "cors", "encryption", "object-lock", "tagging", "replication"} {
		if query.Has(other) {
			return refuse(404, "NoSuchConfiguration")
		}
	}
	return s.list(bucket, query)
}

func (s *store) listUploads(bucket string) answer {
	lines := tag("Bucket", bucket) + tag("IsTruncated", "false")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for id, upload := range s.uploads {
		if upload.bucket == bucket {
			lines += "<Upload>" + tag("Key", upload.key) + tag("UploadId", id) + tag("Initiated", modifiedText) + "</Upload>"
		}
	}
	return words("<ListMultipartUploadsResult>" + lines + "</ListMultipartUploadsResult>")
}

// list answers a page of ListObjects, of either version.
func (s *store) list(bucket string, query url.Values) answer {
	isSecond := query.Get("list-type") == "2"
	prefix, delimiter := query.Get("prefix"), query.Get("delimiter")
	encode := escaper.Replace
	if query.Get("encoding-type") == "url" {
		encode = func(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "%2F", "/") }
	}
	limit, err := strconv.Atoi(query.Get("max-keys"))
	if err != nil || limit > 1000 {
		limit = 1000
	}
	after := max(query.Get("start-after"), query.Get("marker"), query.Get("continuation-token"))

	page := &page{limit: limit, encode: encode}
	if bucket == "source" && sizeInName.MatchString(prefix) {
		object, _, _ := s.find(bucket, prefix)
		if prefix > after {
			page.addKey(prefix, object.size)
		}
	} else if bucket == "keys" {
		s.fill(page, prefix, delimiter, after)
	}
	head := "<ListBucketResult>" + tag("Name", bucket) + "<Prefix>" + encode(prefix) + "</Prefix>" +
		tag("MaxKeys", strconv.Itoa(limit)) + "<Delimiter>" + encode(delimiter) + "</Delimiter>" +
		tag("IsTruncated", strconv.FormatBool(page.isTruncated))
	if query.Has("encoding-type") {
		head += tag("EncodingType", "url")
	}
	if isSecond {
		head += tag("KeyCount", strconv.Itoa(page.count))
	}
	if page.isTruncated && isSecond {
		head += tag("NextContinuationToken", page.last)
	} else if page.isTruncated {
		head += "<NextMarker>" + encode(page.last) + "</NextMarker>"
	}
	return words(head + page.lines.String() + page.prefixes.String() + "</ListBucketResult>")
}

// fill adds the generated keys below a prefix and behind another key, rolled up at a delimiter.
func (s *store) fill(page *page, prefix, delimiter, after string) {
	index := s.firstFrom(prefix)
	if after >= prefix {
		index = max(index, s.firstFrom(after+"\x00"))
		if delimiter != "" && strings.HasSuffix(after, delimiter) {
			index = max(index, s.firstFrom(after+"\xff"))
		}
	}
	for index < s.settings.objects {
		key := keyOf(index)
		if !strings.HasPrefix(key, prefix) {
			return
		}
		if page.isFull() {
			return
		}
		end := -1
		if delimiter != "" {
			end = strings.Index(key[len(prefix):], delimiter)
		}
		if end < 0 {
			page.addKey(key, s.settings.objectSize)
			index++
			continue
		}
		common := key[:len(prefix)+end+len(delimiter)]
		page.addPrefix(common)
		index = s.firstFrom(common + "\xff")
	}
}
