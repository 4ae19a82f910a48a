//go:build !linux

package main

const maxrssBytes = 1
