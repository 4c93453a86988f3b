package clixml

import (
	"encoding/hex"
	"strings"
)

// rdns splits a distinguished name into the values of its parts (RFC 4514), and gives
// for each what stands behind it.
func rdns(dn string) (values, rest []string) {
	for dn != "" {
		end := len(dn)
		for i := 0; i < len(dn); i++ {
			if dn[i] == '\\' {
				i++
				continue
			}
			if dn[i] == ',' {
				end = i
				break
			}
		}
		_, value, _ := strings.Cut(dn[:end], "=")
		dn = dn[min(end+1, len(dn)):]
		values = append(values, unescapeRDN(value))
		rest = append(rest, dn)
	}
	return values, rest
}

func unescapeRDN(value string) string {
	if !strings.Contains(value, `\`) {
		return value
	}
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			b.WriteByte(value[i])
			continue
		}
		if i+2 < len(value) {
			if octet, err := hex.DecodeString(value[i+1 : i+3]); err == nil {
				b.Write(octet)
				i += 2
				continue
			}
		}
		i++
		b.WriteByte(value[i])
	}
	return b.String()
}

// serverIn is the name of the server that an object below it belongs to: what follows
// CN=Protocols.
func serverIn(dn string) string {
	values, _ := rdns(dn)
	for i, value := range values {
		if strings.EqualFold(value, "Protocols") && i+1 < len(values) {
			return values[i+1]
		}
	}
	return ""
}

// organizationIn is the distinguished name of the organization that an object lies in:
// what stands before CN=Microsoft Exchange,CN=Services.
func organizationIn(dn string) string {
	values, rest := rdns(dn)
	for i := 2; i < len(values); i++ {
		if strings.EqualFold(values[i], "Services") && strings.EqualFold(values[i-1], "Microsoft Exchange") {
			if i == 2 {
				return dn
			}
			return rest[i-3]
		}
	}
	return ""
}

// domainIn is the DNS name of the domain that a distinguished name ends in: of an object
// of the configuration that of the forest's root.
func domainIn(dn string) string {
	var labels []string
	values, rest := rdns(dn)
	for i, value := range values {
		before := dn
		if i > 0 {
			before = rest[i-1]
		}
		if len(before) > 3 && strings.EqualFold(before[:3], "DC=") {
			labels = append(labels, value)
		}
	}
	return strings.Join(labels, ".")
}
