package ldaptest

import (
	"slices"
	"strings"
)

// tree is a served directory.
type tree struct {
	rootDSE *entry
	entries map[string]*entry   // by the key of their names, without the RootDSE
	under   map[string][]*entry // what lies at or below a name, in the order of the LDIF
	roots   map[string]bool     // the naming contexts: they exist as a base even without an entry
}

func newTree(entries []*entry, offersStartTLS bool) *tree {
	t := &tree{entries: map[string]*entry{}, under: map[string][]*entry{}, roots: map[string]bool{}}
	var objects []*entry
	for _, e := range entries {
		if len(e.name) == 0 {
			t.rootDSE = e
			continue
		}
		date(e)
		objects = append(objects, e)
		t.entries[e.name.key()] = e
		for i := range e.name {
			key := e.name[i:].key()
			t.under[key] = append(t.under[key], e)
		}
	}
	if t.rootDSE == nil {
		t.rootDSE = derivedRootDSE(objects, offersStartTLS)
	}
	for _, attribute := range []string{"namingContexts", "configurationNamingContext",
		"schemaNamingContext", "defaultNamingContext", "rootDomainNamingContext"} {
		for _, value := range t.rootDSE.values(attribute) {
			if name, err := parseDN(value); err == nil && len(name) > 0 {
				t.roots[name.key()] = true
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
	key := base.key()
	if t.entries[key] == nil && !t.roots[key] {
		return nil, t.nearest(base), false
	}
	for _, e := range t.under[key] {
		below := len(e.name) - len(base)
		if scope == scopeSubtree || scope == scopeOne && below == 1 || scope == scopeBase && below == 0 {
			found = append(found, e)
		}
	}
	return found, "", true
}

// nearest is the matchedDN of a noSuchObject result.
func (t *tree) nearest(name dn) string {
	for len(name) > 1 {
		name = name[1:]
		if e := t.entries[name.key()]; e != nil {
			return e.dn
		}
	}
	return ""
}
