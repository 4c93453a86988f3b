package ldapsrc

import (
	"context"
	"time"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

const (
	attrAuthThumbprints = "msExchAuthCertificateThumbprint"
	attrAuthNext        = "msExchAuthNextEffectiveDate"
	attrAuthRealm       = "msExchAuthRealm"
	attrAuthApplication = "msExchAuthApplicationIdentifier"
)

// readAuths reads the OAuth configuration, one object.
func readAuths(ctx context.Context, f *forest) facts.Observed[[]facts.AuthConfiguration] {
	return listOf(f.read(ctx, section{
		what:       "OAuth configuration",
		base:       "CN=Auth Configuration," + f.orgDN,
		scope:      ldap.ScopeBaseObject,
		classes:    []string{"msExchAuthAuthConfig"},
		attributes: asking(attrAuthThumbprints, attrAuthNext, attrAuthRealm, attrAuthApplication),
	}), func(e entry) facts.AuthConfiguration {
		return facts.AuthConfiguration{
			Name:                  e.name(),
			DN:                    e.DN,
			Thumbprints:           decode(e.list(attrAuthThumbprints), thumbprintsOf),
			NextEffective:         instantIn(e, attrAuthNext),
			Realm:                 e.text(attrAuthRealm),
			ApplicationIdentifier: e.text(attrAuthApplication),
		}
	})
}

// instantIn observes a time.
func instantIn(e entry, name string) facts.Observed[facts.Instant] {
	at := decodeText(e, name, generalizedTime)
	if !at.Known {
		return facts.Unknown[facts.Instant](at.Why)
	}
	return facts.Known(facts.Instant{Raw: e.text(name).Value, At: at.Value.Value})
}

// generalizedTime reads a GeneralizedTime as Active Directory writes it.
func generalizedTime(text string) (at time.Time, problem string) {
	at, err := time.Parse("20060102150405.0Z", text)
	if err != nil {
		return time.Time{}, `is not a time of the form "20261122130500.0Z"`
	}
	return at, ""
}
