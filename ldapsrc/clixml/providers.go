package clixml

import (
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
)

// provider maps what Get-OutlookProvider shows. The names of its properties are those
// of the parameters of Set-OutlookProvider (documented).
func provider(o object) facts.Provider {
	return facts.Provider{
		Name:              o.name(),
		DN:                o.dn(),
		CertPrincipalName: o.text("CertPrincipalName"),
		Server:            o.text("Server"),
		TTL:               o.number("TTL"),
		Flags:             o.providerFlags(),
		RequiredClientVersions: decode(o.list("RequiredClientVersions"), func(list []string) facts.Text {
			return facts.Text{Present: len(list) > 0, Value: strings.Join(list, "; ")} // one text each: "14.0.7012.1000, 2020-01-01T12:00:00Z"
		}),
	}
}

// providerFlags are the names of OutlookProviderFlags (documented). The numbers of the
// last two are believed.
var providerFlags = map[string]int{"none": 0, "serverexclusiveconnect": 1, "externalclientsrequiressl": 2, "internalclientsrequiressl": 4}

// providerFlags reads a set of flags, of which a remote session may show the names alone.
func (o object) providerFlags() facts.Observed[facts.Number] {
	const property = "OutlookProviderFlags"
	m := o.Member(property)
	if m == nil || m.Null || m.HasNumber || m.List {
		return o.number(property)
	}
	sum := 0
	for name := range strings.SplitSeq(m.Text, ",") {
		value, known := providerFlags[strings.ToLower(strings.TrimSpace(name))]
		if !known {
			return facts.Unknown[facts.Number](fmt.Sprintf("%s of %s holds %q, whose number is not known", property, printable(o.dn()), printable(name)))
		}
		sum |= value
	}
	return facts.Known(facts.Present(sum))
}
