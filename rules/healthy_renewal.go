package rules

import (
	"time"

	"exprobe/autodiscover/facts"
)

// HealthyRenewal is the renewal that the examples of the rules about renewals break:
// the certificate of mail.contoso.com, issued again by the same authority. No rule
// says anything about it.
func HealthyRenewal() Candidate {
	leaf := certificate(healthyMail, healthyMail)
	leaf.NotBefore, leaf.NotAfter = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 7, 0, 0, 0, 0, time.UTC)
	leaf.Thumbprint = thumbprint("renewed")
	served := Healthy().Hosts[0].Addresses.Value[0].Served.Value
	served.Chain = append([]facts.Certificate{leaf}, served.Chain[1:]...)
	return Candidate{File: "mail.pfx", Sealed: true, Served: served}
}

// change changes the candidate's own certificate.
func (c *Candidate) change(change func(leaf *facts.Certificate)) {
	leaf := c.Served.Leaf()
	change(&leaf)
	c.Served.Chain = append([]facts.Certificate{leaf}, c.Served.Chain[1:]...)
}

// rename gives the candidate other names.
func (c *Candidate) rename(commonName string, names ...string) {
	c.change(func(leaf *facts.Certificate) {
		named := certificate(commonName, names...)
		leaf.CommonNames, leaf.DNSNames, leaf.Subject = named.CommonNames, named.DNSNames, named.Subject
		leaf.Thumbprint = thumbprint("renewed as " + named.Thumbprint)
	})
}
