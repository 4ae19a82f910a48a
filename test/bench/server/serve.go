package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// What is answered to one request.
type answer struct {
	status int
	// Lines ending in CRLF; the length and the date are added.
	headers string
	text    []byte
	// Bytes of the content instead of a text.
	offset, bytes int64
}

// serve answers the requests of one connection, one after the other.
func serve(store *store, wire *wire) {
	defer wire.Close()
	store.counts.connections.Add(1)
	pause(store.settings.rtt)
	for {
		request, err := http.ReadRequest(wire.reader)
		if err != nil {
			return
		}
		if request.URL.Path != "/_counts" {
			store.counts.requests.Add(1)
		}
		if strings.EqualFold(request.Header.Get("Expect"), "100-continue") {
			pause(store.settings.rtt)
			io.WriteString(wire, "HTTP/1.1 100 Continue\r\n\r\n")
		}
		body, err := receive(request, wire, store.settings.isChecking || !isData(request))
		if err != nil {
			return
		}
		store.counts.received.Add(body.bytes)
		reply := store.answer(request, body)
		pause(store.settings.rtt + store.settings.latency)
		if err := send(store, wire, request, reply); err != nil || request.Close {
			return
		}
	}
}

func send(store *store, wire *wire, request *http.Request, reply answer) error {
	length := reply.bytes
	if reply.text != nil {
		length = int64(len(reply.text))
	}
	if reply.status >= 400 {
		store.counts.refused.Add(1)
	}
	size := fmt.Sprintf("Content-Length: %d\r\n", length)
	if strings.Contains(reply.headers, "Content-Length:") || reply.status == 204 {
		size = ""
	}
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nServer: bench\r\nDate: %s\r\nx-amz-request-id: BENCH\r\n%s%s\r\n",
		reply.status, http.StatusText(reply.status), store.date(), size, reply.headers)
	if reply.text != nil && request.Method != http.MethodHead {
		wire.wait(len(reply.text))
		head += string(reply.text)
	}
	if _, err := io.WriteString(wire, head); err != nil {
		return err
	}
	if reply.text != nil || request.Method == http.MethodHead {
		return nil
	}
	store.counts.sent.Add(reply.bytes)
	return wire.send(store.content, reply.offset, reply.bytes)
}

// isData tells whether a body is the bytes of an object rather than words.
func isData(request *http.Request) bool {
	query := request.URL.RawQuery
	return request.Method == http.MethodPut && (query == "" || strings.Contains(query, "partNumber=") || strings.HasPrefix(query, "x-id="))
}
