package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
)

const hintDNSServer = "check that this machine can reach a DNS server that knows the domain; --dns-server names one"

// maxNamed is how many records an error names.
const maxNamed = 3

// explainLookup says why a name has no SRV records to offer.
func explainLookup(err error, name string) error {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return &failure{what: "canceled", cause: err}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &failure{
			what:  "the DNS server did not answer in time",
			hint:  hintDNSServer + ", and --timeout gives it longer",
			cause: errors.Join(context.DeadlineExceeded, err), // whoever kept the time
		}
	case errors.As(err, &dns) && dns.IsNotFound:
		f := noRecords(name)
		f.cause = err
		return f
	// Package net has no other sign for an answer whose every record it left out.
	case errors.As(err, &dns) && strings.Contains(dns.Err, "invalid names"):
		f := unusableRecords(name, "names that are no host names")
		f.cause = err
		return f
	}
	return &failure{
		what:  "the DNS server gave no answer that can be used: " + printable(err.Error()),
		hint:  hintDNSServer,
		cause: err,
	}
}

// explainRecords says why none of the records can be used; refused is what they name.
func explainRecords(refused []string, name, domain string) error {
	if len(refused) == 0 {
		return noRecords(name)
	}
	named := make([]string, 0, maxNamed)
	for _, text := range refused[:min(len(refused), maxNamed)] {
		named = append(named, fmt.Sprintf("%q", printable(text)))
	}
	more := ""
	if len(refused) > maxNamed {
		more = fmt.Sprintf(" and %d more", len(refused)-maxNamed)
	}
	return unusableRecords(name, fmt.Sprintf("no LDAP server of the domain %s: %s%s", domain, strings.Join(named, ", "), more))
}

func noRecords(name string) *failure {
	return &failure{
		what: fmt.Sprintf("there are no SRV records %s", name),
		hint: "check that this is the DNS name of the Active Directory domain (contoso.com, not CONTOSO), " +
			"and that this machine asks the domain's own DNS server; --dns-server names one",
	}
}

func unusableRecords(name, what string) *failure {
	return &failure{
		what: fmt.Sprintf("the SRV records %s name %s", name, what),
		hint: "check who answers for the domain in DNS; a domain controller that you trust can be named with --ldap-url",
	}
}
