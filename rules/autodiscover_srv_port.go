package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverSRVPort = Rule{
	ID:       "autodiscover-srv-port",
	Severity: report.Warning,
	Title:    "the SRV record of Autodiscover names another port than 443",
	Why: `Outlook and the EWS Managed API take _autodiscover._tcp records with port 443 alone and pass the others over; Evolution makes an http
URL of port 80, and the password may go out in clear. So a record with another port looks like an answer in DNS and helps nobody. Correct the record: port
443, on a host whose certificate has the target's name. A domain without such a record is no fault: the step is the last but one, for domains
that cannot have a host autodiscover.DOMAIN of their own.`,
	Cites: []string{
		"Microsoft KB 940881, A new feature is available that enables Outlook to use DNS SRV records to locate Autodiscover",
		"EWS Managed API, AutodiscoverDnsClient; RFC 2782",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		var seen []sighting
		for i := range s.Answers {
			a := &s.Answers[i]
			if a.Protocol != facts.DNS {
				continue
			}
			if !a.Records.Known && a.Records.Asked() {
				seen = append(seen, sighting{recordsOf(a), report.Unknown, a.URL, a.Records.Why, nil})
			}
			for _, record := range services(a) {
				o := sighting{subject: recordsOf(a), outcome: report.Pass, url: a.URL}
				if record.Port != 443 {
					o.outcome = report.Fail
					o.text = fmt.Sprintf("the record names port %d of %s, and clients take 443 alone; correct the port of the record", record.Port, record.Target)
				}
				seen = append(seen, o)
			}
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name:  "port 80",
		Break: func(s *facts.Snapshot) { records(s).Records.Value[0].Port = 80 },
	}},
}

// services lists the records that name a host. The target "." says that the domain
// has no such service (RFC 2782).
func services(a *facts.Answer) []facts.ServiceRecord {
	var list []facts.ServiceRecord
	for _, record := range a.Records.Value {
		if record.Target != "" && record.Target != "." {
			list = append(list, record)
		}
	}
	return list
}

// recordsOf is the domain whose records were asked for.
func recordsOf(a *facts.Answer) report.Subject {
	return report.Subject{Kind: "domain", Name: domainOf(a)}
}
