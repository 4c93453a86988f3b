package rules

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var scpOnServerName = Rule{
	ID:          "scp-on-server-name",
	Severity:    report.Warning,
	FollowsFrom: []string{"host-not-in-certificate", "scp-host-not-in-certificate"},
	Title:       "a service connection point leads to a server's own name, which its certificate does not cover",
	Why: `Setup writes the server's own name into its service connection point, https://<server>/Autodiscover/Autodiscover.xml, from the minute it
is installed. Outlook inside the domain asks there first, and warns of the certificate, which bears the published name and not the
server's; it also passes the balancer by. Where the certificate covers the server's name nobody is warned, and the rule is content.
Set-ClientAccessService EX1 -AutoDiscoverServiceInternalUri https://mail.contoso.com/Autodiscover/Autodiscover.xml leads it to the published
name; in Exchange 2010 and 2013 the command is Set-ClientAccessServer.`,
	Cites: []string{
		"Microsoft KB 940726, on certificate warnings inside the domain",
		"MS-OXDISCO 4.2; observed in Exchange 2013 CU23, on what setup writes",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		verdicts, seen := []report.Verdict{}, hostsSeen(s)
		for i := range s.Organizations {
			org := &s.Organizations[i]
			verdicts = append(verdicts, unseenSection(org, org.ConnectionPoints)...)
			for _, p := range org.ConnectionPoints.Value {
				v := pointOnServer(seen, org, p)
				if v.Subject = (report.Subject{Kind: "connection point", Name: p.Name, DN: p.DN}); v.Outcome != "" {
					verdicts = append(verdicts, v)
				}
			}
		}
		return verdicts
	},
	Examples: []Example{{
		Name: "what setup wrote was left",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].ConnectionPoints.Value[0].Bindings = facts.Known([]string{"https://ex1.contoso.com/Autodiscover/Autodiscover.xml"})
			host := s.Hosts[0]
			host.Name = "ex1.contoso.com"
			s.Hosts = append(s.Hosts, host)
		},
	}},
}

func pointOnServer(seen func(string, int) *facts.Host, org *facts.Organization, p facts.ConnectionPoint) report.Verdict {
	switch {
	case p.Kind.Known && p.Kind.Value != facts.PointURL || p.Server == "" && p.Kind.Known:
		return report.Verdict{}
	case !p.Kind.Known && p.Kind.Asked():
		return report.Verdict{Outcome: report.Unknown, Message: p.Kind.Why}
	case !p.Bindings.Known && p.Bindings.Asked():
		return report.Verdict{Outcome: report.Unknown, Message: p.Bindings.Why}
	}
	v := report.Verdict{Outcome: report.Pass}
	for _, binding := range p.Bindings.Value {
		host, port, secure := facts.WebAddress(binding)
		if !secure || host == "" || v.Outcome == report.Fail {
			continue
		}
		own, doubt := ownName(org, p, host)
		switch {
		case doubt != "":
			v.Outcome, v.Message = report.Unknown, "whether "+host+" is the server's own name could not be seen: "+doubt
		case own:
			if w := coverage(seen(host, port), host); w.Outcome != "" && w.Outcome != report.Pass {
				v = w
			}
		}
	}
	return v
}

// ownName says whether a host is the name of the server that the point belongs to.
func ownName(org *facts.Organization, p facts.ConnectionPoint, host string) (own bool, doubt string) {
	if strings.EqualFold(host, p.Server) || strings.EqualFold(host, p.DNSName.Value.Value) {
		return true, ""
	}
	first, _, _ := strings.Cut(host, ".")
	if !strings.EqualFold(first, p.Server) {
		return false, ""
	}
	for _, server := range org.Servers.Value {
		if strings.EqualFold(server.Name, p.Server) {
			return strings.EqualFold(server.FQDN.Value.Value, host), server.FQDN.Why
		}
	}
	return false, org.Servers.Why
}
