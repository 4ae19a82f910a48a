package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
)

// A body that has come: its size as an object, and its words or its checksum where they were looked at.
type body struct {
	bytes int64
	text  []byte
	crc32 string
}

// receive takes a body off the connection: read, or dropped unseen.
func receive(request *http.Request, wire *wire, isRead bool) (body, error) {
	isChunked := len(request.TransferEncoding) > 0
	framed := io.Reader(io.LimitReader(wire, max(0, request.ContentLength)))
	if isChunked {
		// It must not read ahead: the next request is behind this one.
		framed = paced{httputil.NewChunkedReader(wire.reader), wire}
	}
	size := request.ContentLength
	// In the chunks of aws-chunked lies less than was sent.
	isAwsChunked := request.Header.Get("X-Amz-Decoded-Content-Length") != ""
	if isAwsChunked {
		size, _ = strconv.ParseInt(request.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	}
	if !isRead {
		if !isChunked {
			return body{bytes: size}, wire.drop(request.ContentLength)
		}
		got, err := io.Copy(io.Discard, framed)
		if err == nil {
			err = skipTrailers(wire)
		}
		if !isAwsChunked {
			size = got
		}
		return body{bytes: size}, err
	}
	read, err := read(framed, isAwsChunked, isData(request))
	if err == nil && isChunked {
		err = skipTrailers(wire)
	}
	return read, err
}

// read takes a body out of aws-chunked where it is in that, and keeps words, but of data only the checksum.
func read(framed io.Reader, isAwsChunked, isData bool) (body, error) {
	whole := framed
	if isAwsChunked {
		whole = &awsChunks{reader: bufio.NewReaderSize(framed, pieceBytes)}
	}
	hash := crc32.NewIEEE()
	text := bytes.Buffer{}
	into := io.Writer(hash)
	if !isData {
		into = &text
	}
	size, err := io.CopyBuffer(into, struct{ io.Reader }{whole}, make([]byte, pieceBytes))
	if err == nil {
		// The trailers of aws-chunked.
		_, err = io.Copy(io.Discard, framed)
	}
	sum := binary.BigEndian.AppendUint32(nil, hash.Sum32())
	return body{bytes: size, text: text.Bytes(), crc32: base64.StdEncoding.EncodeToString(sum)}, err
}

type paced struct {
	io.Reader
	wire *wire
}

func (p paced) Read(into []byte) (int, error) {
	got, err := p.Reader.Read(into)
	p.wire.wait(got)
	return got, err
}

// skipTrailers reads what follows the last chunk: the empty line at least.
func skipTrailers(wire *wire) error {
	for {
		line, err := wire.reader.ReadString('\n')
		if err != nil || strings.TrimSpace(line) == "" {
			return err
		}
	}
}

// The payload of aws-chunked: `size;chunk-signature=…`, the bytes, and so on, down to a chunk of none.
type awsChunks struct {
	reader *bufio.Reader
	left   int64
	isOver bool
}

func (c *awsChunks) Read(into []byte) (int, error) {
	for c.left == 0 && !c.isOver {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		digits, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		if digits == "" {
			continue
		}
		if c.left, err = strconv.ParseInt(digits, 16, 64); err != nil {
			return 0, err
		}
		c.isOver = c.left == 0
	}
	if c.isOver {
		io.Copy(io.Discard, c.reader)
		return 0, io.EOF
	}
	got, err := c.reader.Read(into[:min(int64(len(into)), c.left)])
	c.left -= int64(got)
	return got, err
}
