//go:build !linux

package main

func (w *wire) discard(bytes int) (int, error) {
	return w.copyAway(bytes)
}

func (w *wire) sendPiece(from *content, offset, bytes int64) error {
	return w.copyPiece(from, offset, bytes)
}
