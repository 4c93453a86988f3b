package ldapsrc

import (
	"context"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// Thumbprints of a federation trust. The certificates beside them are stored in
// CryptoAPI's serialized form and are not asked for.
const (
	attrFederationCurrent  = "msExchFedOrgPrivCertificate"
	attrFederationNext     = "msExchFedOrgNextPrivCertificate"
	attrFederationPrevious = "msExchFedOrgPrevPrivCertificate"
)

func readFederationTrusts(ctx context.Context, f *forest) facts.Observed[[]facts.FederationTrust] {
	return listOf(f.read(ctx, section{
		what:       "federation trust",
		base:       "CN=Federation Trusts," + f.orgDN,
		scope:      ldap.ScopeSingleLevel,
		classes:    []string{"msExchFedTrust"},
		attributes: asking(attrFederationCurrent, attrFederationNext, attrFederationPrevious),
	}), func(e entry) facts.FederationTrust {
		return facts.FederationTrust{
			Name:     e.name(),
			DN:       e.DN,
			Current:  thumbprintIn(e.text(attrFederationCurrent), facts.UseCurrent),
			Next:     thumbprintIn(e.text(attrFederationNext), facts.UseNext),
			Previous: thumbprintIn(e.text(attrFederationPrevious), facts.UsePrevious),
		}
	})
}
