package clixml

import (
	"strings"

	"exprobe/autodiscover/facts"
)

// points maps what Get-ClientAccessService shows of the servers' connection points. The
// pointers to other forests, and what Exchange Online has, it does not show.
func (x *exports) points() facts.Observed[[]facts.ConnectionPoint] {
	e := x.of(getPoints)
	with := e
	with.objects = nil
	for _, o := range e.objects {
		if o.hasPoint() {
			with.objects = append(with.objects, o)
		}
	}
	return listOf(with, point)
}

// hasPoint says whether a server has a connection point. Where neither URL nor sites
// are set Exchange removes it (observed in 2013 CU23), and the cmdlet then shows no name
// of it either (believed). An export that does not show the properties is no proof.
func (o object) hasPoint() bool {
	for _, property := range []string{"AutoDiscoverServiceInternalUri", "AutoDiscoverSiteScope", "AutoDiscoverServiceCN"} {
		if m := o.Member(property); m == nil || o.said(property) && (m.Text != "" || len(m.Items) > 0) {
			return true
		}
	}
	return false
}

// point maps one. The properties are named in Microsoft's help of the cmdlet and in
// many public listings of its output: AutoDiscoverServiceCN, -ServiceInternalUri,
// -ServiceGuid, -SiteScope.
func point(o object) facts.ConnectionPoint {
	name := o.plain("AutoDiscoverServiceCN")
	if name == "" {
		name = o.name()
	}
	p := facts.ConnectionPoint{
		Name:   name,
		Kind:   facts.Known(facts.PointURL),
		Server: o.name(),
		Bindings: decode(o.text("AutoDiscoverServiceInternalUri"), func(t facts.Text) []string {
			if !t.Present {
				return nil
			}
			return []string{t.Value}
		}),
	}
	if dn := o.dn(); dn != "" {
		p.DN = "CN=" + strings.ReplaceAll(name, ",", `\,`) + ",CN=Autodiscover,CN=Protocols," + dn
	}
	scope := o.list("AutoDiscoverSiteScope")
	p.Sites = scope.Value
	if !scope.Known {
		p.Keywords = facts.Unknown[[]string](scope.Why)
	}
	return p
}
