package main

import (
	"strconv"
	"strings"
)

// A page of a listing as it grows.
type page struct {
	limit, count    int
	last            string
	isTruncated     bool
	encode          func(string) string
	lines, prefixes strings.Builder
}

// isFull also notes that something is left.
func (p *page) isFull() bool {
	p.isTruncated = p.count >= p.limit && p.limit > 0
	return p.count >= p.limit
}

func (p *page) addKey(key string, size int64) {
	p.count, p.last = p.count+1, key
	if p.lines.Cap() == 0 {
		p.lines.Grow(400 * p.limit)
	}
	p.lines.WriteString("<Contents><Key>")
	p.lines.WriteString(p.encode(key))
	p.lines.WriteString("</Key><LastModified>" + modifiedText + "</LastModified><ETag>&quot;")
	p.lines.WriteString(strings.Trim(etagOf(size), `"`))
	p.lines.WriteString("&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>")
	p.lines.WriteString(strconv.FormatInt(size, 10))
	p.lines.WriteString("</Size><StorageClass>STANDARD</StorageClass></Contents>")
}

func (p *page) addPrefix(prefix string) {
	p.count, p.last = p.count+1, prefix
	p.prefixes.WriteString("<CommonPrefixes><Prefix>" + p.encode(prefix) + "</Prefix></CommonPrefixes>")
}
