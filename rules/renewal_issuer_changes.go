package rules

import (
	"fmt"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var renewalIssuerChanges = Rule{
	ID:       "renewal-issuer-changes",
	Severity: report.Warning,
	Title:    "another authority issues the new certificate",
	Why: `Connectors and the hybrid configuration name a certificate by issuer and subject (TlsCertificateName). A renewal under another
intermediate is another name to them: mail between the organization and Exchange Online stops, or goes out without its certificate, although
the names in the certificate are the same. Partners may have noted the issuer too, which cannot be seen from here; and every server needs the
new intermediate certificate, which comes with a PKCS #12 file and not with a bare one. The plan sets what the directory shows.`,
	Cites: []string{
		"Microsoft Exchange Team Blog 4420592 (2025-06-04), on hybrid mail flow after a renewal",
		"Microsoft documentation, Set-SendConnector and Set-ReceiveConnector (TlsCertificateName)",
		"win-acme issue 1754",
	},
	CheckRenewal: func(r *Renewal) []report.Verdict {
		if r.Request {
			return []report.Verdict{} // known when it is issued
		}
		return r.judgeReplaced(func(old facts.Certificate) (report.Outcome, string) {
			switch {
			case old.Issuer == "" || r.Leaf().Issuer == "":
				return report.Unknown, "an issuer was not recorded"
			case facts.SameName(old.Issuer, r.Leaf().Issuer):
				return report.Pass, ""
			}
			return report.Fail, fmt.Sprintf("the issuer changes from %s to %s; %s", old.Issuer, r.Leaf().Issuer, namedBy(r.Before, old))
		})
	},
	Examples: []Example{{
		Name: "the authority has a new intermediate",
		Renew: func(c *Candidate) {
			c.change(func(leaf *facts.Certificate) { leaf.Issuer = "CN=Contoso Issuing CA 2" })
		},
	}},
}

// namedBy says what the directory shows to name a certificate by issuer and subject.
func namedBy(s *facts.Snapshot, c facts.Certificate) string {
	var named, unseen []string
	asked := false
	note := func(what string, name facts.Observed[facts.TLSCertificateName]) {
		if name.Known && name.Value.Names(c) {
			named = append(named, what)
		}
		if !name.Known && name.Asked() {
			unseen = append(unseen, what)
		}
	}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		asked = asked || org.SendConnectors.Known || org.ReceiveConnectors.Known
		for _, x := range org.SendConnectors.Value {
			note("the send connector "+x.Name, x.TLSCertificateName)
		}
		for _, x := range org.ReceiveConnectors.Value {
			note("the receive connector "+x.Server+`\`+x.Name, x.TLSCertificateName)
		}
		for _, x := range org.Hybrids.Value {
			note("the hybrid configuration", x.TLSCertificateName)
		}
	}
	switch {
	case len(named) > 0:
		return "it is named by " + few(named)
	case len(unseen) > 0:
		return "whether it is named could not be seen of " + few(unseen)
	case asked:
		return "no connector that was seen names it"
	}
	return "whether connectors name it could not be seen"
}
