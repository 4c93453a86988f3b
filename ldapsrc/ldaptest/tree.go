package ldaptest

import (
	"slices"
	"strings"
)

// tree is a served directory.
type tree struct {
	rootDSE *entry
	entries []*entry // in the order of the LDIF, without the RootDSE
	roots   []dn     // the naming contexts: they exist as a base even without an entry
}

func newTree(entries []*entry, offersStartTLS bool) *tree {
	t := &tree{}
	for _, e := range entries {
		if len(e.name) == 0 {
			t.rootDSE = e
			continue
		}
		date(e)
		t.entries = append(t.entries, e)
	}
	if t.rootDSE == nil {
		t.rootDSE = derivedRootDSE(t.entries, offersStartTLS)
	}
	for _, attribute := range []string{"namingContexts", "configurationNamingContext",
		"schemaNamingContext", "defaultNamingContext", "rootDomainNamingContext"} {
		for _, value := range t.rootDSE.values(attribute) {
			if name, err := parseDN(value); err == nil && len(name) > 0 {
				t.roots = append(t.roots, name)
			}
		}
	}
	return t
}

// date gives an entry the dates that every object has. One that says them itself,
// hidden or not, and one that shows nothing at all are left as they are.
func date(e *entry) {
	if !slices.ContainsFunc(e.attributes, attribute.visible) {
		return
	}
	for _, name := range []string{"whenCreated", "whenChanged"} {
		if len(e.values(name)) == 0 {
			e.add(name, "20260101000000.0Z")
		}
	}
}

// derivedRootDSE is the RootDSE of a domain controller of the forest that the
// first entry belongs to.
func derivedRootDSE(entries []*entry, offersStartTLS bool) *entry {
	root := &entry{}
	root.add("supportedLDAPVersion", "3")
	root.add("supportedControl", oidPagedResults)
	if offersStartTLS {
		root.add("supportedExtension", oidStartTLS)
	}
	if len(entries) == 0 {
		return root
	}
	var labels, components []string
	for _, rdn := range splitEscaped(entries[0].dn, ',') {
		rdn = strings.Trim(rdn, " ")
		if kind, value, _ := strings.Cut(rdn, "="); strings.EqualFold(strings.Trim(kind, " "), "DC") {
			labels = append(labels, strings.Trim(value, " "))
			components = append(components, rdn)
		}
	}
	if len(labels) == 0 {
		return root
	}
	domain := strings.Join(components, ",")
	configuration := "CN=Configuration," + domain
	schema := "CN=Schema," + configuration
	root.add("dnsHostName", "dc1."+strings.Join(labels, "."))
	root.add("defaultNamingContext", domain)
	root.add("rootDomainNamingContext", domain)
	root.add("configurationNamingContext", configuration)
	root.add("schemaNamingContext", schema)
	for _, context := range []string{domain, configuration, schema} {
		root.add("namingContexts", context)
	}
	return root
}

// find returns the entries in scope of base, in the order of the LDIF. Where base
// does not exist, ok is false and matched is its nearest existing ancestor.
func (t *tree) find(base dn, scope int) (found []*entry, matched string, ok bool) {
	if len(base) == 0 {
		if scope == scopeBase {
			return []*entry{t.rootDSE}, "", true
		}
		return nil, "", false
	}
	if !t.exists(base) {
		return nil, t.nearest(base), false
	}
	for _, e := range t.entries {
		below := len(e.name) - len(base)
		if !e.name.under(base) {
			continue
		}
		if scope == scopeSubtree || scope == scopeOne && below == 1 || scope == scopeBase && below == 0 {
			found = append(found, e)
		}
	}
	return found, "", true
}

func (t *tree) exists(name dn) bool {
	key := name.key()
	for _, root := range t.roots {
		if root.key() == key {
			return true
		}
	}
	return t.entry(key) != nil
}

func (t *tree) entry(key string) *entry {
	for _, e := range t.entries {
		if e.name.key() == key {
			return e
		}
	}
	return nil
}

// nearest is the matchedDN of a noSuchObject result.
func (t *tree) nearest(name dn) string {
	for len(name) > 1 {
		name = name[1:]
		if e := t.entry(name.key()); e != nil {
			return e.dn
		}
	}
	return ""
}
