package clixml

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// servers maps what Get-ExchangeServer shows, the Edge Transport servers apart.
func (x *exports) servers() (servers, edges facts.Observed[[]facts.Server]) {
	all, edge := x.of(getServers), x.of(getServers)
	all.objects, edge.objects = nil, nil
	for _, o := range x.of(getServers).objects {
		if strings.EqualFold(o.plain("IsEdgeServer"), "true") || strings.EqualFold(o.plain("ServerRole"), "Edge") {
			edge.objects = append(edge.objects, o)
		} else {
			all.objects = append(all.objects, o)
		}
	}
	return listOf(all, server), listOf(edge, server)
}

// server maps one server: Name, Fqdn, Site, ServerRole and AdminDisplayVersion are
// confirmed. The shell shows fewer roles than the directory stores since Exchange 2016:
// "Mailbox" alone.
func server(o object) facts.Server {
	s := facts.Server{
		Name:  o.name(),
		DN:    o.dn(),
		FQDN:  o.text("Fqdn"),
		Site:  o.site(),
		Roles: o.roles(),
	}
	s.Version, s.Build = o.version()
	return s
}

// site is the last part of the site's canonical name, such as
// "contoso.com/Configuration/Sites/HQ" (confirmed).
func (o object) site() facts.Observed[facts.Text] {
	if m := o.Member("Site"); m != nil {
		if name := m.Member("Name"); name != nil && name.Text != "" {
			return facts.Say(name.Text)
		}
	}
	return decode(o.text("Site"), func(t facts.Text) facts.Text {
		t.Value = t.Value[strings.LastIndex(t.Value, "/")+1:]
		return t
	})
}

// roles are shown by their names, "Mailbox, ClientAccess", and their sum.
func (o object) roles() facts.Observed[facts.Flags] {
	return decode(o.text("ServerRole"), func(t facts.Text) facts.Flags {
		var f facts.Flags
		if t.Present && !strings.EqualFold(t.Value, "None") {
			f.Names = splitNames([]string{t.Value})
		}
		if m := o.Member("ServerRole"); m.HasNumber {
			f.Raw = o.number("ServerRole").Value
		}
		return f
	})
}

// shown is the form of AdminDisplayVersion: "Version 15.2 (Build 986.5)" (confirmed, of
// an enumerated object in a remote shell). The build is the real one, without what the
// directory adds to it; a shell that shows what is stored is told by its size.
var shown = regexp.MustCompile(`^Version (\d{1,3})\.(\d{1,3}) \(Build (\d{1,6})\.(\d{1,6})\b`)

// version reads the version and the build.
func (o object) version() (facts.Observed[facts.Version], facts.Observed[facts.Text]) {
	const property = "AdminDisplayVersion"
	text := o.text(property)
	if !text.Known || !text.Value.Present {
		return decode(text, func(facts.Text) facts.Version { return facts.Version{} }), text
	}
	m := shown.FindStringSubmatch(text.Value.Value)
	if m == nil {
		why := fmt.Sprintf("%s of %s is %q", property, printable(o.dn()), printable(text.Value.Value))
		return facts.Unknown[facts.Version](why), facts.Unknown[facts.Text](why)
	}
	var parts [4]int
	for i := range parts {
		parts[i], _ = strconv.Atoi(m[i+1]) // at most six digits
	}
	if parts[2] >= 30000 {
		parts[2] -= 30000
	}
	return facts.Known(stored.Version(parts[0], parts[1], parts[2])),
		facts.Say(fmt.Sprintf("%d.%d.%d.%d", parts[0], parts[1], parts[2], parts[3]))
}
