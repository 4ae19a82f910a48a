package main

import (
	"io"
	"syscall"
)

// Never written to: with MSG_TRUNC the kernel drops what has come instead of copying it.
var untouched = make([]byte, pieceBytes)

func (w *wire) discard(bytes int) (int, error) {
	if w.plain == nil {
		return w.copyAway(bytes)
	}
	raw, err := w.plain.SyscallConn()
	if err != nil {
		return 0, err
	}
	got := 0
	var failure error
	err = raw.Read(func(fd uintptr) bool {
		got, _, failure = syscall.Recvfrom(int(fd), untouched[:bytes], syscall.MSG_TRUNC)
		return failure != syscall.EAGAIN
	})
	if err == nil {
		err = failure
	}
	if err == nil && got == 0 {
		err = io.ErrUnexpectedEOF
	}
	return got, err
}

func (w *wire) sendPiece(from *content, offset, bytes int64) error {
	if w.plain == nil {
		return w.copyPiece(from, offset, bytes)
	}
	raw, err := w.plain.SyscallConn()
	if err != nil {
		return err
	}
	var failure error
	err = raw.Write(func(fd uintptr) bool {
		for bytes > 0 {
			sent, err := syscall.Sendfile(int(fd), int(from.file.Fd()), &offset, int(bytes))
			if err == syscall.EAGAIN {
				return false
			}
			if err != nil {
				failure = err
				return true
			}
			bytes -= int64(sent)
		}
		return true
	})
	if err == nil {
		err = failure
	}
	return err
}
