package rules

import (
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalKeyTypeUnsupported = Rule{
	ID:       "renewal-key-type-unsupported",
	Severity: report.Error,
	Title:    "the new certificate's kind of key is not one that every server takes",
	Why: `Exchange takes certificates with keys on elliptic curves (ECDSA) since the hotfix updates of April 2024: Exchange Server 2016 CU23 and
2019 CU13 and CU14, and everything newer. They are never for the federation trust, the OAuth certificate or AD FS claims. The directory
shows the cumulative update of a server and not its hotfixes, so on those three exprobe cannot tell; the HealthChecker script can. Other
kinds of key (Ed25519, DSA) are not supported. Ask for a certificate with an RSA key where in doubt. A kind of key that the present
certificate has already is not judged.`,
	Cites: []string{
		"Microsoft, Released: April 2024 Exchange Server Hotfix Updates",
		"jaapwesselius.com and frankysweb.de on ECC certificates in Exchange Server",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		kind := r.Leaf().Key
		return r.judgeReplaced(func(old facts.Certificate) (report.Outcome, string) {
			switch {
			case kind == "" || old.Key == "":
				return report.Unknown, "the certificate was recorded without its key"
			case kind == old.Key || kind == "RSA":
				return report.Pass, ""
			case kind != "ECDSA":
				return report.Fail, "Exchange does not take a key of the kind " + kind
			}
			return curvesTaken(r.Before)
		})
	},
	Examples: []Example{{
		Name: "from RSA to ECDSA, with a server that is too old",
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].Servers.Value[0].Version = facts.Known(facts.Version{Number: "15.0.1497", Product: "Exchange Server 2013", Update: "CU23"})
		},
		Renew: func(c *Candidate) { c.change(func(leaf *facts.Certificate) { leaf.Key, leaf.KeyBits = "ECDSA", 256 }) },
	}, {
		Name:    "from RSA to ECDSA, with a server whose hotfixes decide",
		Outcome: report.Unknown,
		Break: func(s *facts.Snapshot) {
			s.Organizations[0].Servers.Value[0].Version = facts.Known(facts.Version{Number: "15.2.1544", Product: "Exchange Server 2019", Update: "CU14"})
		},
		Renew: func(c *Candidate) { c.change(func(leaf *facts.Certificate) { leaf.Key, leaf.KeyBits = "ECDSA", 256 }) },
	}, {
		Name: "Ed25519",
		Renew: func(c *Candidate) {
			c.change(func(leaf *facts.Certificate) { leaf.Key, leaf.KeyBits = "Ed25519", 256 })
		},
	}},
}

// curvesTaken says whether every server takes a certificate with a key on a curve.
func curvesTaken(s *facts.Snapshot) (report.Outcome, string) {
	servers := 0
	var old, unsure []string
	for i := range s.Organizations {
		org := &s.Organizations[i]
		if !org.Servers.Known {
			unsure = append(unsure, "the servers of "+org.Directory+" could not be seen")
		}
		for _, server := range org.Servers.Value {
			servers++
			v := server.Version.Value
			text := strings.TrimSpace(server.Name + " runs " + v.Product + " " + v.Update)
			switch {
			case v.Product == "Exchange Server SE", v.Product == "Exchange Server 2019" && v.Update == "CU15":
			case v.Product == "Exchange Server 2019" && (v.Update == "CU13" || v.Update == "CU14"), v.Product == "Exchange Server 2016" && v.Update == "CU23":
				unsure = append(unsure, text+", which takes it from the hotfix update of April 2024 on, and the directory does not show hotfixes")
			case v.Product == "":
				unsure = append(unsure, "the version of "+server.Name+" is not known")
			default:
				old = append(old, text+", which does not take it")
			}
		}
	}
	const what = "the kind of key changes to ECDSA: "
	switch {
	case len(old) > 0:
		return report.Fail, what + few(old)
	case len(unsure) > 0:
		return report.Unknown, what + few(unsure)
	case servers == 0:
		return report.Unknown, what + "no directory shows which servers there are"
	}
	return report.Pass, fmt.Sprintf("%s takes it", plural(servers, "server"))
}
