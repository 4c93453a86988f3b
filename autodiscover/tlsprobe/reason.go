package tlsprobe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// maxReason is how much of a text that a peer could have shaped goes into a reason.
const maxReason = 300

// The numbers that Windows gives to what POSIX calls ECONNREFUSED and so on; the
// syscall package has other values under those names there (winsock2.h).
const (
	wsaNetUnreachable  = syscall.Errno(10051)
	wsaConnAborted     = syscall.Errno(10053)
	wsaConnReset       = syscall.Errno(10054)
	wsaTimedOut        = syscall.Errno(10060)
	wsaConnRefused     = syscall.Errno(10061)
	wsaHostUnreachable = syscall.Errno(10065)
)

func resolveReason(err error, name string, port int, timeout time.Duration) string {
	var dns *net.DNSError
	hint := resolveHint(name, port)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("%s does not resolve here: %s; %s", name, dns.Err, hint)
	case timedOut(err):
		return fmt.Sprintf("%s could not be resolved within %v; raise --timeout, or %s", name, timeout, hint)
	case errors.As(err, &dns):
		return fmt.Sprintf("resolving %s: %s; %s", name, short(dns.Err), hint)
	}
	return fmt.Sprintf("resolving %s: %s; %s", name, short(err.Error()), hint)
}

func resolveHint(name string, port int) string {
	return fmt.Sprintf("give its address with --resolve %s:%d:ADDRESS", name, port)
}

func dialReason(err error, address string, timeout time.Duration) string {
	switch {
	case refused(err):
		return address + " refuses connections: nothing listens there; check address and port, or name another address with --resolve"
	case unreachable(err):
		return address + " cannot be reached from here: there is no route to it; try from another network, or name another address with --resolve"
	case timedOut(err):
		return fmt.Sprintf("%s took no connection within %v: it is down or behind a firewall; try from another network, or raise --timeout", address, timeout)
	}
	return fmt.Sprintf("connecting to %s: %s", address, cause(err))
}

func handshakeReason(err error, address, name string, timeout time.Duration) string {
	var (
		record tls.RecordHeaderError
		op     *net.OpError
		text   = err.Error()
	)
	switch {
	case errors.Is(err, errFlood):
		return fmt.Sprintf("%s sent %v; check that %s is a web server", address, errFlood, address)
	case timedOut(err):
		return fmt.Sprintf("%s took the connection and did not finish the TLS handshake for %s within %v; check the service behind it, or raise --timeout", address, name, timeout)
	case errors.As(err, &record) && strings.HasPrefix(string(record.RecordHeader[:]), "HTTP"):
		return address + " answers in plain HTTP and not in TLS; check the port and the binding"
	case errors.As(err, &record):
		return address + " does not speak TLS: its first bytes are no TLS record; check the port"
	case errors.As(err, &op) && op.Op == "remote error":
		return fmt.Sprintf("%s refused the TLS handshake for %s with the alert %q; %s", address, name, alertOf(op), alertHint(alertOf(op)))
	case strings.Contains(text, "unsupported protocol version"):
		return address + " speaks no version of TLS from 1.0 to 1.3; look at its certificate on the server"
	case ended(err):
		return fmt.Sprintf("%s closed the connection in the TLS handshake for %s; servers do so that have no certificate for the name: check the binding", address, name)
	}
	return fmt.Sprintf("the TLS handshake with %s for %s ended early: %s; look at its certificate on the server", address, name, cause(err))
}

func alertOf(op *net.OpError) string {
	return strings.TrimPrefix(op.Err.Error(), "tls: ")
}

func alertHint(alert string) string {
	switch alert {
	case "unrecognized name":
		return "it has no certificate for this name: check the binding"
	case "protocol version not supported":
		return "it speaks no version of TLS from 1.0 to 1.3"
	case "handshake failure", "insufficient security level":
		return "it shares no cipher suite with this program, or has no certificate for this name"
	}
	return "look at the log of the server"
}

// stopped is the reason where the whole run was ended from outside.
func stopped(what string, err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return what + " was not probed to the end: the time for the whole run was over"
	}
	return what + " was not probed to the end: the run was stopped"
}

func tooMany(name string, total int) string {
	return fmt.Sprintf("%s has %d addresses, of which %d were probed; name the others one at a time with --resolve", name, total, maxAddresses)
}

func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, wsaConnRefused)
}

func unreachable(err error) bool {
	return errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) ||
		errors.Is(err, wsaHostUnreachable) || errors.Is(err, wsaNetUnreachable)
}

func timedOut(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, wsaTimedOut) ||
		errors.As(err, &timeout) && timeout.Timeout()
}

// ended says that the peer closed the connection, in whatever manner.
func ended(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, wsaConnReset) || errors.Is(err, wsaConnAborted)
}

// cause is an error without the local port, which is another on every run.
func cause(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return short(err.Error())
}

// foreign says that the peer speaks something else than TLS.
func foreign(err error) bool {
	var record tls.RecordHeaderError
	return errors.As(err, &record)
}

// short keeps the beginning of a text.
func short(text string) string {
	if len(text) <= maxReason {
		return text
	}
	end := maxReason
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
