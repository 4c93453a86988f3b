package ldapsrc

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// rootDSE is what a domain controller says about itself to anybody.
type rootDSE struct {
	entry
	configuration string // the DN of the configuration partition
	schema        string // the DN of the schema partition; empty where it is not said
	domain        string // the DN of the server's own domain; empty where it is not said
}

func readRootDSE(ctx context.Context, d directory) (rootDSE, error) {
	got, err := d.search(ctx, query{
		scope:      ldap.ScopeBaseObject,
		filter:     everything,
		attributes: []string{"configurationNamingContext", "schemaNamingContext", "defaultNamingContext", "dnsHostName"},
	})
	if err != nil {
		return rootDSE{}, fmt.Errorf("reading the RootDSE: %w", err)
	}
	if len(got.entries) > 0 {
		root := rootDSE{entry: got.entries[0]}
		if values, _ := root.values("configurationNamingContext"); len(values) == 1 && rdnsOf(values[0]) != nil {
			root.configuration = values[0]
			root.schema = root.context("schemaNamingContext")
			root.domain = root.context("defaultNamingContext")
			return root, nil
		}
	}
	return rootDSE{}, &failure{
		what: "the server is not an Active Directory domain controller: its RootDSE names no configuration partition",
		hint: "name a domain controller in the LDAP URL",
	}
}

// context is the name of a partition.
func (r rootDSE) context(attribute string) string {
	if values, _ := r.values(attribute); len(values) == 1 && rdnsOf(values[0]) != nil {
		return values[0]
	}
	return ""
}

// domainName is the default naming context as a DNS name; it is empty where that is not
// a domain.
func (r rootDSE) domainName() string {
	if values, _ := r.values("defaultNamingContext"); len(values) == 1 && len(rdnsOf(values[0])) == len(labelsOf(values[0])) {
		return DomainOfDN(values[0])
	}
	return ""
}

// DomainOfDN is the domain that a distinguished name lies in, contoso.com of
// CN=Alice,DC=contoso,DC=com; or "" where it lies in none.
func DomainOfDN(dn string) string { return strings.Join(labelsOf(dn), ".") }

// labelsOf are the values of the components of a domain at the end of a name.
func labelsOf(dn string) []string {
	var labels []string
	for _, rdn := range slices.Backward(rdnsOf(dn)) {
		if !strings.EqualFold(rdn.Type, "DC") {
			break
		}
		labels = append(labels, rdn.Value)
	}
	slices.Reverse(labels)
	return labels
}

func (r rootDSE) controller() facts.Observed[string] {
	if values, _ := r.values("dnsHostName"); len(values) == 1 {
		return facts.Known(values[0])
	}
	return facts.Unknown[string]("the RootDSE holds no dnsHostName")
}
