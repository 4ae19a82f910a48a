package main

import (
	"net/http"
	"strings"
)

const crc32Header = "X-Amz-Checksum-Crc32"

// isWrong tells whether a body that was read is not the one its header speaks of.
func isWrong(headers http.Header, body body) bool {
	said := headers.Get(crc32Header)
	return body.crc32 != "" && said != "" && said != body.crc32
}

// echo gives back the checksums that came with a body, as S3 does; of one that was read also those of its trailer.
func echo(headers http.Header, body body) string {
	lines := ""
	for name, values := range headers {
		if strings.HasPrefix(name, "X-Amz-Checksum-") && name != "X-Amz-Checksum-Algorithm" {
			lines += strings.ToLower(name) + ": " + values[0] + "\r\n"
		}
	}
	if lines == "" && body.crc32 != "" && strings.EqualFold(headers.Get("X-Amz-Trailer"), crc32Header) {
		lines = "x-amz-checksum-crc32: " + body.crc32 + "\r\n"
	}
	return lines
}
