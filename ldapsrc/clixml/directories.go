package clixml

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// virtualDirectories maps those of every service that was exported. The list is known
// where Get-OutlookAnywhere was exported and nothing of the others is broken: which of
// the others there are depends on the version, and a service that was not exported is
// one that is not read.
func (x *exports) virtualDirectories() facts.Observed[[]facts.VirtualDirectory] {
	var list []facts.VirtualDirectory
	var why []string
	for _, c := range cmdlets {
		if c.service == "" || c.service != facts.ServiceRPC && !x.has(c.name) {
			continue
		}
		got := listOf(x.of(c.name), func(o object) facts.VirtualDirectory { return virtualDirectory(o, c.service) })
		list = append(list, got.Value...)
		if !got.Known {
			why = append(why, got.Why)
		}
	}
	slices.SortStableFunc(list, func(a, b facts.VirtualDirectory) int {
		return strings.Compare(strings.ToLower(a.DN), strings.ToLower(b.DN))
	})
	return observed(list, why)
}

// virtualDirectory maps what the cmdlets of virtual directories show: Name, Server,
// MetabasePath, InternalUrl, ExternalUrl and the lists of methods are confirmed.
func virtualDirectory(o object, service string) facts.VirtualDirectory {
	v := facts.VirtualDirectory{
		DN:           o.dn(),
		Name:         o.name(),
		Service:      service,
		Server:       serverIn(o.dn()),
		BackEnd:      strings.Contains(strings.ToLower(o.name()), "(exchange back end)"),
		MetabasePath: o.text("MetabasePath"),
	}
	if v.Server == "" {
		v.Server = o.plain("Server")
	}
	if service == facts.ServiceRPC {
		o.anywhere(&v)
		return v
	}
	v.External = published(o.text("ExternalUrl"))
	v.Internal = published(o.text("InternalUrl"))
	v.ExternalMethods = o.methods("ExternalAuthenticationMethods")
	v.InternalMethods = o.methods("InternalAuthenticationMethods")
	return v
}

func published(text facts.Observed[facts.Text]) facts.Observed[facts.PublishedURL] {
	return decode(text, func(t facts.Text) facts.PublishedURL {
		if !t.Present {
			return facts.PublishedURL{}
		}
		return stored.Published(t.Value)
	})
}

// methods is a list of authentication methods, with the number that the directory
// stores for it.
func (o object) methods(property string) facts.Observed[facts.Flags] {
	return decode(o.list(property), func(names []string) facts.Flags {
		var f facts.Flags
		for _, name := range splitNames(names) {
			f.Names = append(f.Names, name)
			if flag, known := stored.MethodFlag(name); known {
				f.Raw = facts.Present(f.Raw.Value | flag)
			}
		}
		return f
	})
}

// splitNames splits the text that a list may have become: "Basic, Ntlm".
func splitNames(names []string) []string {
	if len(names) != 1 || !strings.Contains(names[0], ",") {
		return names
	}
	names = strings.Split(strings.Trim(names[0], "{} "), ",")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return names
}
