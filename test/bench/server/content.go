package main

import (
	"fmt"
	"hash/crc32"
	"math/rand"
	"os"
	"sync"
)

const blockBytes = 64 << 20

// The content of every object that can be read: one block of noise, again and again. It lies in a file in memory too,
// from which the kernel sends without copying.
type content struct {
	block []byte
	file  *os.File
	mutex sync.Mutex
	sums  map[int64]uint32
}

func makeContent() (*content, error) {
	block := make([]byte, blockBytes)
	rand.New(rand.NewSource(1)).Read(block)
	folder := "/dev/shm"
	if _, err := os.Stat(folder); err != nil {
		folder = ""
	}
	file, err := os.CreateTemp(folder, "partwise-bench-")
	if err != nil {
		return nil, err
	}
	os.Remove(file.Name())
	if _, err := file.Write(block); err != nil {
		return nil, err
	}
	return &content{block: block, file: file, sums: map[int64]uint32{}}, nil
}

// crc32 computes the checksum of the first bytes, once.
func (c *content) crc32(size int64) uint32 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if sum, known := c.sums[size]; known {
		return sum
	}
	sum := uint32(0)
	for left := size; left > 0; left -= blockBytes {
		sum = crc32.Update(sum, crc32.IEEETable, c.block[:min(left, blockBytes)])
	}
	c.sums[size] = sum
	return sum
}

// etagOf names what an object of this size holds. The form is that of objects stored in parts: no client takes it for
// an MD5.
func etagOf(size int64) string {
	return fmt.Sprintf(`"%032x-%d"`, uint64(size)*0x9e3779b97f4a7c15, max(1, (size+(8<<20)-1)/(8<<20)))
}
