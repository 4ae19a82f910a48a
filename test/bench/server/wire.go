package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"time"
)

const pieceBytes = 256 << 10

// One connection: what is read ahead, its socket where bytes can bypass this process, and its paces.
type wire struct {
	net.Conn
	reader *bufio.Reader
	plain  *net.TCPConn // nil over TLS
	paces  [2]*pace
}

func openWire(connection net.Conn, config *tls.Config, own, all *pace) *wire {
	plain, _ := connection.(*net.TCPConn)
	if own != nil && plain != nil {
		// A socket that holds more would hide the pace from the client.
		plain.SetReadBuffer(1 << 20)
		plain.SetWriteBuffer(1 << 20)
	}
	if config != nil {
		connection, plain = tls.Server(connection, config), nil
	}
	return &wire{Conn: connection, reader: bufio.NewReaderSize(connection, 16<<10), plain: plain, paces: [2]*pace{own, all}}
}

func (w *wire) wait(bytes int) {
	for _, each := range w.paces {
		each.wait(bytes)
	}
}

// drop receives so many bytes and forgets them.
func (w *wire) drop(bytes int64) error {
	ahead := min(bytes, int64(w.reader.Buffered()))
	w.reader.Discard(int(ahead))
	w.wait(int(ahead))
	for left := bytes - ahead; left > 0; {
		wanted := int(min(left, pieceBytes))
		got, err := w.discard(wanted)
		if err != nil {
			return err
		}
		w.wait(got)
		left -= int64(got)
	}
	return nil
}

// Read is for bodies: what is read ahead comes first.
func (w *wire) Read(into []byte) (int, error) {
	got, err := w.reader.Read(into)
	w.wait(got)
	return got, err
}

// send sends bytes of the content.
func (w *wire) send(from *content, offset, bytes int64) error {
	for bytes > 0 {
		inBlock := offset % blockBytes
		wanted := min(bytes, blockBytes-inBlock)
		if w.paces != [2]*pace{} || w.plain == nil {
			wanted = min(wanted, pieceBytes)
		}
		w.wait(int(wanted))
		if err := w.sendPiece(from, inBlock, wanted); err != nil {
			return err
		}
		offset, bytes = offset+wanted, bytes-wanted
	}
	return nil
}

func (w *wire) copyPiece(from *content, offset, bytes int64) error {
	_, err := w.Write(from.block[offset : offset+bytes])
	return err
}

func (w *wire) copyAway(bytes int) (int, error) {
	got, err := io.CopyN(io.Discard, w.reader, int64(bytes))
	return int(got), err
}

func pause(duration time.Duration) {
	if duration > 0 {
		time.Sleep(duration)
	}
}
