// Runs a program and writes what the operating system says it cost, with all its children: launcher REPORT PROGRAM …
// A peak below this program's own (some MiB) is not seen: the kernel counts the moment before the program is loaded.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	if len(os.Args) < 3 {
		log.Fatal("launcher REPORT PROGRAM ARGUMENT…")
	}
	command := exec.Command(os.Args[2], os.Args[3:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	begin := time.Now()
	err := command.Run()
	wall := time.Since(begin)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		log.Fatal(err)
	}
	usage, isKnown := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !isKnown {
		log.Fatal("the system does not say what a process cost")
	}
	report, err := json.Marshal(map[string]any{
		"code":          command.ProcessState.ExitCode(),
		"wallSeconds":   wall.Seconds(),
		"userSeconds":   command.ProcessState.UserTime().Seconds(),
		"systemSeconds": command.ProcessState.SystemTime().Seconds(),
		"peakBytes":     usage.Maxrss * maxrssBytes,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(os.Args[1], report, 0o644); err != nil {
		log.Fatal(err)
	}
}
