package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The lengths that DNS allows (RFC 1035, section 2.3.4).
const (
	maxName  = 253
	maxLabel = 63
)

// split cuts text at the colons that stand outside brackets, into n parts at most.
func split(text string, n int) []string {
	var parts []string
	start, inside := 0, false
	for i := 0; i < len(text) && len(parts) < n-1; i++ {
		switch text[i] {
		case '[':
			inside = true
		case ']':
			inside = false
		case ':':
			if !inside {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// parseName reads a DNS name in its ASCII form, an IPv4 address, or an IPv6
// address in brackets, which it takes off. A final dot is taken off too, because
// neither SNI nor a certificate holds one.
func parseName(text string) (string, error) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		inner, closed := strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		if !closed || err != nil || !ip.Is6() || ip.Zone() != "" {
			return "", fmt.Errorf("%q is not an IPv6 address in brackets", text)
		}
		return inner, nil
	}
	name := strings.TrimSuffix(text, ".")
	if name == "" {
		return "", errors.New("a host name is expected")
	}
	if len(name) > maxName {
		return "", fmt.Errorf("a host name has at most %d characters", maxName)
	}
	for label := range strings.SplitSeq(name, ".") {
		if !validLabel(label) {
			return "", fmt.Errorf("%q is not a host name in its ASCII form", text)
		}
	}
	return name, nil
}

func validLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}

func parsePort(text string) (int, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, fmt.Errorf("port %q is not a number from 1 to 65535", text)
	}
	return int(port), nil
}

// parseAddress reads an IP address; one of version 6 may stand in brackets.
func parseAddress(text string) (netip.Addr, bool) {
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	ip, err := netip.ParseAddr(inner)
	return ip, err == nil && opened == closed && (!opened || ip.Is6())
}

// optional reads a part that may be empty.
func optional[T any](text string, parse func(string) (T, error)) (T, error) {
	if text == "" {
		var none T
		return none, nil
	}
	return parse(text)
}

// bracket puts an IPv6 address into brackets and leaves other names as they are.
func bracket(name string) string {
	if strings.Contains(name, ":") {
		return "[" + name + "]"
	}
	return name
}
