package ldapsrc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// pointGUIDs tell the kinds of service connection points apart, as keywords: the first
// two are Microsoft's ("How to find Autodiscover endpoints by using SCP lookup in
// Exchange"), the others were observed in Exchange 2013 CU23.
var pointGUIDs = [...]struct{ guid, kind string }{
	{"77378F46-2C66-4aa9-A6A6-3E7A48B19596", facts.PointURL},
	{"67661d7F-8FC4-4fa7-BFAC-E1D7794C1F68", facts.PointPointer},
	{"D3614C7C-D214-4F1F-BD4C-00D91C67F93F", facts.PointHoster},
	{"E1AA5F5E-2341-4FCB-8560-E3AB6F081468", facts.PointDomain},
}

// exchangeOnline is the point that PrepareAD creates for Exchange Online. That it
// carries the GUID of a hoster is believed only, so it is asked for by name too.
const exchangeOnline = "Microsoft Exchange Online"

// Attributes of a service connection point.
const (
	attrKeywords = "keywords"
	attrBinding  = "serviceBindingInformation"
	attrDNSName  = "serviceDNSName"
)

// readConnectionPoints reads Autodiscover's service connection points of the whole
// forest: pointers lie outside the organization.
func readConnectionPoints(ctx context.Context, f *forest) facts.Observed[[]facts.ConnectionPoint] {
	filter := "(&(objectClass=serviceConnectionPoint)(|(cn=" + exchangeOnline + ")"
	for _, g := range pointGUIDs {
		filter += "(" + attrKeywords + "=" + g.guid + ")"
	}
	s := section{
		what:       "service connection point of Autodiscover",
		base:       f.root.configuration,
		scope:      ldap.ScopeWholeSubtree,
		filter:     filter + "))",
		attributes: asking(attrKeywords, attrBinding, attrDNSName),
	}
	r := f.read(ctx, s)
	if len(r.entries) == 0 && r.why == "" {
		r.why = s.notVisible() // the partition can be read by everybody, which proves nothing
	}
	servers := "CN=Administrative Groups," + f.orgDN
	ofServer := func(e entry) bool { return under(e.DN, servers) }
	if r.why == "" && !slices.ContainsFunc(r.entries, ofServer) && !f.readable(ctx, servers) {
		r.why = fmt.Sprintf("%s is not visible, so these may not be all: %s", printable(servers), hintRights)
	}
	// A server has one, or none. Where none is seen it may hide its class.
	seen := map[string]bool{}
	for _, e := range r.entries {
		seen[strings.ToLower(parentOf(e.DN))] = true
	}
	l := f.list(ctx, slices.DeleteFunc(f.layout.inServers(inAutodiscover), func(p place) bool {
		return seen[strings.ToLower(p.dn)]
	}), asking())
	_, hidden := s.sort(l.entries)
	r.why = cmp.Or(r.why, l.why, s.doubt(hidden), hiddenPlace(l.empty), f.layout.blind)
	return listOf(r, connectionPoint)
}

func connectionPoint(e entry) facts.ConnectionPoint {
	p := facts.ConnectionPoint{
		Name:     e.name(),
		DN:       e.DN,
		Server:   serverOf(e.DN),
		Keywords: e.list(attrKeywords),
		Bindings: e.list(attrBinding),
		DNSName:  e.text(attrDNSName),
	}
	kind, sites, domains := keywordsOf(p.Keywords.Value)
	p.Sites, p.Domains = sites, domains
	switch {
	case strings.EqualFold(p.Name, exchangeOnline):
		p.Kind = facts.Known(facts.PointHoster)
	case p.Keywords.Known:
		p.Kind = facts.Known(kind)
	default:
		p.Kind = facts.Unknown[string](p.Keywords.Why)
	}
	return p
}

// keywordsOf decodes the keywords of a service connection point, which are compared
// without regard to case (MS-OXDISCO). Of several GUIDs the first in the order of
// pointGUIDs counts.
func keywordsOf(keywords []string) (kind string, sites, domains []string) {
	for _, g := range pointGUIDs {
		for _, k := range keywords {
			if kind == "" && strings.EqualFold(k, g.guid) {
				kind = g.kind
			}
		}
	}
	for _, k := range keywords {
		key, value, _ := strings.Cut(k, "=")
		switch {
		case value == "":
		case strings.EqualFold(key, "Site"):
			sites = append(sites, value)
		case strings.EqualFold(key, "Domain"):
			domains = append(domains, value)
		}
	}
	return kind, sites, domains
}
