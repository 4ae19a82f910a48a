package main

// combineCrc32 makes of the CRC32s of two pieces that of both, as zlib does: the first is moved past the length of the
// second by squaring the matrix that moves it past one zero bit.
func combineCrc32(first, second uint32, secondBytes int64) uint32 {
	if secondBytes == 0 {
		return first
	}
	var odd, even [32]uint32
	odd[0] = 0xedb88320
	for bit := 1; bit < 32; bit++ {
		odd[bit] = 1 << (bit - 1)
	}
	square(&even, &odd)
	square(&odd, &even)
	from, to := &odd, &even
	for ; secondBytes != 0; secondBytes >>= 1 {
		square(to, from)
		if secondBytes&1 != 0 {
			first = times(to, first)
		}
		from, to = to, from
	}
	return first ^ second
}

func square(to, matrix *[32]uint32) {
	for bit := range to {
		to[bit] = times(matrix, matrix[bit])
	}
}

func times(matrix *[32]uint32, vector uint32) uint32 {
	sum := uint32(0)
	for bit := 0; vector != 0; bit, vector = bit+1, vector>>1 {
		if vector&1 != 0 {
			sum ^= matrix[bit]
		}
	}
	return sum
}
