package main

import (
	"encoding/json"
	"sync/atomic"
)

// What the server has seen since it began; the bench asks before and after a run.
type counts struct {
	requests    atomic.Int64
	connections atomic.Int64
	received    atomic.Int64
	sent        atomic.Int64
	stored      atomic.Int64
	refused     atomic.Int64
}

func (c *counts) print() []byte {
	text, _ := json.Marshal(map[string]int64{
		"requests":      c.requests.Load(),
		"connections":   c.connections.Load(),
		"receivedBytes": c.received.Load(),
		"sentBytes":     c.sent.Load(),
		"storedObjects": c.stored.Load(),
		"refused":       c.refused.Load(),
	})
	return text
}
