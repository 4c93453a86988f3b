package autodiscover

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"exprobe/autodiscover/facts"
)

// Caps on SRV records. A domain has one or two for Autodiscover.
const (
	maxRecords = 16 // that are kept
	maxTargets = 4  // that are asked
)

// named is what the question for SRV records gave.
type named = facts.Observed[[]facts.ServiceRecord]

// recordsOf is the name of the SRV records of a domain.
func recordsOf(domain string) string { return "_autodiscover._tcp." + domain }

// records asks for the SRV records of a domain and then, side by side, the hosts that
// they name, those with the lowest priority first. A client takes port 443 alone
// (Microsoft KB2212902 tells of no other, and the EWS Managed API refuses others).
func (w walker) records(ctx context.Context, domain string, v visit) walked {
	name := recordsOf(domain)
	found := w.client.serviceRecords(ctx, name, domain)
	answer := facts.Answer{Protocol: facts.DNS, URL: name, Records: found}
	result := walked{answers: []facts.Answer{w.stamp(answer, v)}}
	v.protocol = facts.POX
	if w.subject.Mailbox == "" {
		v.protocol = facts.Redirect
	}
	v.named = domain == w.domain && w.subject.Mailbox != ""
	var work []func() walked
	for i, record := range found.Value {
		why := ""
		switch {
		case record.Target == "":
			why = "the record says that there is no such service"
		case hostName(record.Target) == "" || anybodys(hostName(record.Target)) != "":
			why = "the record names no host that may be asked"
		case record.Port != 443:
			why = fmt.Sprintf("a client asks port 443 alone, and the record names %d", record.Port)
		case i >= maxTargets:
			why = "a client stops at an earlier record"
		}
		target := authority(hostName(record.Target), strconv.Itoa(record.Port))
		if why != "" {
			url := ""
			if record.Target != "" {
				url = "https://" + printable(cmp.Or(target, record.Target)) + pathPOX
			}
			work = append(work, func() walked { return w.skip(v, url, why) })
			continue
		}
		v := v
		v.url = at(target, pathPOX)
		work = append(work, func() walked { return w.visit(ctx, v) })
	}
	answers, next := join(sideBySide(work, func(f func() walked) walked { return f() }))
	return walked{append(result.answers, answers...), next}
}

// serviceRecords asks for SRV records, once for each domain. That there are none is
// an answer.
func (c *client) serviceRecords(ctx context.Context, name, domain string) named {
	return c.shared.names.get(name, func() named {
		limited, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		_, found, err := c.options.LookupSRV(limited, "autodiscover", "tcp", domain)
		var dns *net.DNSError
		switch {
		case errors.As(err, &dns) && dns.IsNotFound:
			return facts.Known([]facts.ServiceRecord{})
		case err != nil && len(found) == 0:
			return facts.Unknown[[]facts.ServiceRecord](c.explain(ctx, err))
		}
		return facts.Known(orderRecords(found))
	})
}

// orderRecords puts records in the order in which they are asked: the lowest priority
// first (RFC 2782). Among equals RFC 2782 draws lots by weight; here the heaviest is
// first, so that two runs agree.
func orderRecords(found []*net.SRV) []facts.ServiceRecord {
	list := []facts.ServiceRecord{}
	for _, r := range found {
		if r == nil {
			continue
		}
		target := clean(strings.ToLower(strings.TrimSuffix(r.Target, ".")))
		list = append(list, facts.ServiceRecord{Target: target, Port: int(r.Port), Priority: int(r.Priority), Weight: int(r.Weight)})
	}
	slices.SortFunc(list, func(a, b facts.ServiceRecord) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), cmp.Compare(b.Weight, a.Weight), strings.Compare(a.Target, b.Target), cmp.Compare(a.Port, b.Port))
	})
	list = slices.Compact(list)
	return list[:min(len(list), maxRecords)]
}
