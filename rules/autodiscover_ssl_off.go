package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var autodiscoverSSLOff = Rule{
	ID:       "autodiscover-ssl-off",
	Severity: report.Warning,
	Title:    "Outlook Anywhere is published outside without SSL",
	Why: `Clients outside are told to reach Outlook Anywhere over plain http: mail and the exchange of NTLM cross the Internet in clear, no
certificate is looked at, and no principal name is demanded. It is the scheme of the external host name that Exchange sends as SSL Off. Mend
it with Set-OutlookAnywhere -ExternalHostname HOST -ExternalClientsRequireSsl $true -ExternalClientsAuthenticationMethod METHOD. SSL Off of
a host that is set inside alone is Exchange's default and no fault; where the method is Basic too, autodiscover-basic-without-tls says it.`,
	Cites: []string{
		"Microsoft POX element reference, SSL",
		"Microsoft documentation, Set-OutlookAnywhere",
		"observed in Exchange 2013 CU23: EXPR falls back to the internal host and its SSL switch",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		list, seen := outlookAnywhere(s)
		basic := map[report.Subject]bool{}
		for _, p := range list {
			basic[p.subject()] = basic[p.subject()] || p.basicInClear()
		}
		for _, p := range list {
			if p.scope != facts.External || basic[p.subject()] {
				continue
			}
			o := sighting{subject: p.subject(), outcome: report.Pass, url: p.by}
			external, known := false, false
			if !p.ssl && p.wire {
				external, known = outside(s, p.host)
			}
			switch {
			case p.ssl:
			case !p.wire || p.beside || external && known:
				o.outcome, o.text = report.Fail, "outside clients are told to use plain http; require SSL with Set-OutlookAnywhere -ExternalClientsRequireSsl $true"
			case !known:
				o.outcome, o.text = report.Unknown, "SSL is off, and only the directory can tell whether this host is published outside: "+
					"Exchange sends the internal host where no external one is set (--ldap-url lets exprobe read it)"
			}
			seen = append(seen, o)
		}
		return merge(seen)
	},
	Examples: []Example{{
		Name: "the external host does not require SSL",
		Break: func(s *facts.Snapshot) {
			for i := range s.Organizations[0].VirtualDirectories.Value {
				s.Organizations[0].VirtualDirectories.Value[i].External = plainHost("mail.contoso.com")
			}
			everywhere(s, facts.NodeEXPR, sslOff)
		},
	}},
}

// plainHost is a host that is published without SSL.
func plainHost(host string) facts.Observed[facts.PublishedURL] {
	return facts.Known(facts.PublishedURL{Raw: facts.Present("http://" + host + "/rpc"), Host: host, Port: 80})
}

// sslOff makes a node what Exchange sends for such a host: None stands there
// whatever the directory holds.
func sslOff(n *facts.Node) {
	n.SSL, n.CertPrincipalName = facts.Present("Off"), facts.Present("None")
}
