package main

// Linux counts in KiB.
const maxrssBytes = 1024
