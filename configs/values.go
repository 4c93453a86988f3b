package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTimeout bounds --timeout: an audit makes many connections, and one that
// hangs for longer than this is a fault to report and not to wait for.
const maxTimeout = 10 * time.Minute

// Report is a further report: its format, one of [Formats], and its file.
type Report struct {
	Format string
	File   string
}

// ParseReport reads FORMAT=FILE.
func ParseReport(text string) (Report, error) {
	format, file, ok := strings.Cut(text, "=")
	if !ok || file == "" {
		return Report{}, fmt.Errorf("%q is not FORMAT=FILE, such as json=audit.json", text)
	}
	if !slices.Contains(Formats(), format) {
		return Report{}, fmt.Errorf("format %q is not one of %s", format, strings.Join(Formats(), ", "))
	}
	return Report{Format: format, File: file}, nil
}

// Served is a certificate file that stands for what a host serves.
type Served struct {
	Host Host
	File string
}

// ParseServed reads HOST=FILE, with HOST as [ParseHost] reads it.
func ParseServed(text string) (Served, error) {
	name, file, ok := strings.Cut(text, "=")
	if !ok || file == "" {
		return Served{}, fmt.Errorf("%q is not HOST=FILE, such as mail.contoso.com=mail.pem", text)
	}
	host, err := ParseHost(name)
	return Served{Host: host, File: file}, err
}

// parseAt reads an instant or a date, which means its first instant in UTC.
func parseAt(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is neither an instant such as 2026-11-22T09:00:00Z nor a date such as 2026-11-22", text)
}

// parseDomain reads the DNS name of a domain, or "" for none.
func parseDomain(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	name, err := parseName(text)
	if err == nil && !strings.Contains(name, ".") {
		err = fmt.Errorf("%q is not a domain's DNS name", text)
	}
	return name, err
}

// parseMailDomain reads a domain that mailboxes may be in.
func parseMailDomain(text string) (string, error) {
	if strings.Contains(text, "@") {
		return "", fmt.Errorf("%q is a mailbox, and a domain is expected", text)
	}
	if ip, ok := parseAddress(text); ok {
		return "", fmt.Errorf("%s is an address, and a domain is expected", ip)
	}
	if text == "" {
		return "", errors.New("a domain is expected")
	}
	return parseDomain(text)
}

// parseProxy reads a choice of proxies. What is no choice may be an address with a
// password in it, and is not repeated.
func parseProxy(text string) (string, error) {
	if text != ProxyNone && text != ProxyEnvironment {
		return "", fmt.Errorf("it is not one of %s, %s, which takes its address from HTTPS_PROXY", ProxyNone, ProxyEnvironment)
	}
	return text, nil
}

// parseServer reads the ADDR:PORT of a server, with port 53 where none is given,
// or "" for none.
func parseServer(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if ip, ok := parseAddress(text); ok {
		return netip.AddrPortFrom(ip, 53).String(), nil
	}
	server, err := netip.ParseAddrPort(text)
	if err != nil || server.Port() == 0 {
		return "", fmt.Errorf("%q is not the ADDR:PORT of a DNS server", text)
	}
	return server.String(), nil
}

func parseTimeout(text string) (time.Duration, error) {
	timeout, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 10s or 1m30s", text)
	}
	if timeout <= 0 || timeout > maxTimeout {
		return 0, fmt.Errorf("%q is not more than 0 and at most 10m", text)
	}
	return timeout, nil
}

// maxWait bounds --wait: what takes longer than a day is another change.
const maxWait = 24 * time.Hour

// parseWait reads how long to wait, or "" for not at all.
func parseWait(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	wait, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a duration such as 20m or 1h", text)
	}
	if wait < 0 || wait > maxWait {
		return 0, fmt.Errorf("%q is not between 0 and 24h", text)
	}
	return wait, nil
}

func parseTruth(text string) (bool, error) {
	value, err := strconv.ParseBool(text)
	if err != nil {
		return false, errors.New("true or false is expected")
	}
	return value, nil
}

func parseConcurrency(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, errors.New("a whole number is expected")
	}
	if n < 0 {
		return 0, fmt.Errorf("%d is less than 0, which lets exprobe choose", n)
	}
	return n, nil
}
