package changes

import (
	"cmp"
	"reflect"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// kinds are the words for what the lists of an organization hold. A list that is not
// here is told as a fact of the organization.
var kinds = map[string]string{
	"Providers":                   "provider",
	"VirtualDirectories":          "virtual directory",
	"Servers":                     "Exchange server",
	"Edges":                       "Edge Transport server",
	"Arrays":                      "client access array",
	"Sites":                       "site",
	"ConnectionPoints":            "connection point",
	"SendConnectors":              "send connector",
	"ReceiveConnectors":           "receive connector",
	"Hybrids":                     "hybrid configuration",
	"Auths":                       "authentication configuration",
	"FederationTrusts":            "federation trust",
	"MailProtocols":               "POP3 or IMAP4 configuration",
	"AcceptedDomains":             "accepted domain",
	"RemoteDomains":               "remote domain",
	"OrganizationRelationships":   "organization relationship",
	"IntraOrganizationConnectors": "intra-organization connector",
	"AvailabilityAddressSpaces":   "availability address space",
}

// pair is one organization on both sides; nil where a side did not read it.
type pair struct {
	old, new     *facts.Organization
	organization string // its name, where there are several
}

// organizations pairs those of two snapshots by their domains, or else by their
// directories. One on each side are one: it may have been read by another name.
func organizations(old, new *facts.Snapshot) []pair {
	if len(old.Organizations) == 1 && len(new.Organizations) == 1 {
		return []pair{{old: &old.Organizations[0], new: &new.Organizations[0]}}
	}
	key := func(o *facts.Organization) string { return strings.ToLower(cmp.Or(o.DomainName, o.Directory)) }
	var pairs []pair
	at := map[string]int{}
	for i := range old.Organizations {
		o := &old.Organizations[i]
		at[key(o)] = len(pairs)
		pairs = append(pairs, pair{old: o})
	}
	for i := range new.Organizations {
		o := &new.Organizations[i]
		if j, ok := at[key(o)]; ok {
			pairs[j].new = o
			continue
		}
		pairs = append(pairs, pair{new: o})
	}
	for i := range pairs {
		if len(pairs) > 1 {
			pairs[i].organization = pairs[i].name()
		}
	}
	return pairs
}

func (p pair) name() string {
	o := cmp.Or(p.new, p.old)
	return cmp.Or(o.DomainName, o.Name.Value, o.Directory)
}

func (p pair) compare() []report.Object {
	old, new := p.self(p.old), p.self(p.new)
	list := between(old, new, true, true)
	if p.old == nil || p.new == nil {
		return list // all that it holds comes or goes with it
	}
	was, is := reflect.ValueOf(*p.old), reflect.ValueOf(*p.new)
	for i := range was.NumField() {
		field := was.Type().Field(i).Name
		if kinds[field] == "" {
			continue
		}
		a, b := was.Field(i), is.Field(i)
		list = append(list, between(p.held(field, a), p.held(field, b), a.FieldByName("Known").Bool(), b.FieldByName("Known").Bool())...)
	}
	return list
}

// self is the organization itself; of the lists that it holds, whether they were
// read.
func (p pair) self(o *facts.Organization) []object {
	if o == nil {
		return nil
	}
	v := reflect.ValueOf(*o)
	n := things("", v)
	for _, child := range n.children {
		if kinds[child.key] == "" {
			continue
		}
		seen := v.FieldByName(child.key)
		why := seen.FieldByName("Why").String()
		child.children, child.text, child.dull = nil, unseen(why), why == ""
		if seen.FieldByName("Known").Bool() {
			child.text, child.dull = "read", true
		}
	}
	self := newObject("organization", p.name(), p.organization, "", *o)
	self.node = func() *node { return n }
	return []object{self}
}

// held are the objects of one list of an organization.
func (p pair) held(field string, seen reflect.Value) []object {
	var list []object
	values := seen.FieldByName("Value")
	for i := range values.Len() {
		v := values.Index(i)
		name := label(v)
		if server := v.FieldByName("Server"); server.IsValid() && server.Kind() == reflect.String && server.String() != "" {
			name += " of " + server.String()
		}
		key := name
		if dn := v.FieldByName("DN"); dn.IsValid() && dn.String() != "" {
			key = dn.String()
		}
		list = append(list, newObject(kinds[field], name, p.organization, strings.ToLower(key), v.Interface()))
	}
	return distinct(list)
}
