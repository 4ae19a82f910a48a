package main

import (
	"sync"
	"time"
)

// A pace lets so many bytes a second pass. One may be shared.
type pace struct {
	mutex          sync.Mutex
	bytesPerSecond int64
	free           time.Time
}

// openPace answers nil, which never waits, where there is no limit.
func openPace(bytesPerSecond int64) *pace {
	if bytesPerSecond == 0 {
		return nil
	}
	return &pace{bytesPerSecond: bytesPerSecond}
}

// wait sleeps until these bytes have had their time. An idle pace saves nothing up.
func (p *pace) wait(bytes int) {
	if p == nil {
		return
	}
	p.mutex.Lock()
	now := time.Now()
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(time.Duration(int64(bytes) * int64(time.Second) / p.bytesPerSecond))
	until := p.free
	p.mutex.Unlock()
	time.Sleep(until.Sub(now))
}
