//go:build unix

package tlsprobe

import "syscall"

// openFiles is how many connections the limit of open files allows: half of it,
// since resolving a name takes two sockets and others need files too.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return maxConcurrency
	}
	return int(min(uint64(limit.Cur)/2, maxConcurrency))
}
