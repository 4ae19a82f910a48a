module partwise/bench

go 1.21
