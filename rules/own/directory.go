package own

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

func organizationKind() *kind {
	return &kind{name: "organization", plural: "organizations", about: "what one directory says of Exchange",
		fields: []field{
			fact("directory", cel.StringType, "the URL that was asked", func(o *facts.Organization) ref.Val { return text(o.Directory) }),
			fact("domain", cel.StringType, "the AD domain", func(o *facts.Organization) ref.Val { return recorded(o.DomainName) }),
			fact("name", cel.StringType, "the Exchange organization's", func(o *facts.Organization) ref.Val { return observed(o.Name, text) }),
			fact("dn", cel.StringType, "", func(o *facts.Organization) ref.Val { return recorded(o.DN) }),
			fact("protected", cel.BoolType, "whether the directory was read over a protected connection", func(o *facts.Organization) ref.Val { return truth(o.Insecure == "") }),
			fact("mapiHttp", cel.BoolType, "whether MAPI over HTTP is on", func(o *facts.Organization) ref.Val { return observed(o.MapiHTTPEnabled, truth) }),
			fact("acceptedDomains", texts, "their names", func(o *facts.Organization) ref.Val {
				return observed(o.AcceptedDomains, func(domains []facts.AcceptedDomain) ref.Val {
					names := []string{}
					for _, d := range domains {
						if !d.Domain.Known {
							return blind(d.Domain.Why)
						}
						names = append(names, d.Domain.Value.Value)
					}
					return list(names)
				})
			}),
		},
		list: func(s *facts.Snapshot) (l listing) {
			for i := range s.Organizations {
				l.items = append(l.items, item{organizationSubject(&s.Organizations[i]), &s.Organizations[i]})
			}
			return l
		}}
}

func organizationSubject(o *facts.Organization) report.Subject {
	return report.Subject{Kind: "organization", Name: o.Directory, DN: o.DN}
}

// ofDirectory lists what every organization of a snapshot holds of one sort. A list
// that was read in part is judged as far as it goes, and its rest is unseen.
func ofDirectory[T any](s *facts.Snapshot, what string, held func(*facts.Organization) facts.Observed[[]T], subject func(*T) report.Subject) (l listing) {
	for i := range s.Organizations {
		org := &s.Organizations[i]
		o := held(org)
		if !o.Known {
			why := o.Why
			if why == "" {
				why = "it was not asked for"
			}
			l.unseen = append(l.unseen, unseen{organizationSubject(org), what + ": " + why, nil})
		}
		for j := range o.Value {
			l.items = append(l.items, item{subject(&o.Value[j]), &o.Value[j]})
		}
	}
	return l
}

func providerKind() *kind {
	return &kind{name: "provider", plural: "providers", ofDirectory: true, about: "an OutlookProvider object: EXPR, EXCH, WEB or another",
		fields: []field{
			fact("name", cel.StringType, "", func(p *facts.Provider) ref.Val { return text(p.Name) }),
			fact("dn", cel.StringType, "", func(p *facts.Provider) ref.Val { return text(p.DN) }),
			fact("certPrincipalName", optionalText, "null for $null", func(p *facts.Provider) ref.Val { return observedText(p.CertPrincipalName) }),
			fact("server", optionalText, "", func(p *facts.Provider) ref.Val { return observedText(p.Server) }),
			fact("ttl", optionalNumber, "hours", func(p *facts.Provider) ref.Val { return observedNumber(p.TTL) }),
			fact("flags", optionalNumber, "", func(p *facts.Provider) ref.Val { return observedNumber(p.Flags) }),
			fact("requiredClientVersions", optionalText, "as XML", func(p *facts.Provider) ref.Val { return observedText(p.RequiredClientVersions) }),
		},
		list: func(s *facts.Snapshot) listing {
			return ofDirectory(s, "the providers", func(o *facts.Organization) facts.Observed[[]facts.Provider] { return o.Providers },
				func(p *facts.Provider) report.Subject {
					return report.Subject{Kind: "provider", Name: p.Name, Provider: strings.ToUpper(p.Name), DN: p.DN}
				})
		}}
}

func directoryKind() *kind {
	type vdir = *facts.VirtualDirectory
	fields := []field{
		fact("name", cel.StringType, "", func(v vdir) ref.Val { return text(v.Name) }),
		fact("dn", cel.StringType, "", func(v vdir) ref.Val { return text(v.DN) }),
		fact("service", cel.StringType, "rpc (Outlook Anywhere), mapi, ews, oab, activesync, owa, ecp, powershell, autodiscover", func(v vdir) ref.Val { return recorded(v.Service) }),
		fact("server", cel.StringType, "", func(v vdir) ref.Val { return text(v.Server) }),
		fact("backEnd", cel.BoolType, "of the back-end web site", func(v vdir) ref.Val { return truth(v.BackEnd) }),
		fact("externalAuthentication", optionalText, "of rpc; null for the others", func(v vdir) ref.Val {
			return ofRPC(v, v.ExternalAuthentication, text, types.NullValue)
		}),
		fact("internalAuthentication", optionalText, "of rpc; null for the others", func(v vdir) ref.Val {
			return ofRPC(v, v.InternalAuthentication, text, types.NullValue)
		}),
		fact("iisAuthentication", texts, "of rpc: what IIS accepts; empty for the others", func(v vdir) ref.Val {
			return ofRPC(v, v.IISAuthentication, list, list(nil))
		}),
	}
	fields = append(fields, urlFields("external", func(v vdir) facts.Observed[facts.PublishedURL] { return v.External })...)
	fields = append(fields, urlFields("internal", func(v vdir) facts.Observed[facts.PublishedURL] { return v.Internal })...)
	return &kind{name: "virtualDirectory", plural: "virtualDirectories", ofDirectory: true, about: "a virtual directory of a server", fields: fields,
		list: func(s *facts.Snapshot) listing {
			return ofDirectory(s, "the virtual directories", func(o *facts.Organization) facts.Observed[[]facts.VirtualDirectory] { return o.VirtualDirectories },
				func(v vdir) report.Subject {
					return report.Subject{Kind: "virtual directory", Name: v.Server + "\\" + v.Name, DN: v.DN}
				})
		}}
}

// ofRPC is a fact that only the directories of Outlook Anywhere have. Of another it is
// absent, which is known where it was never asked for.
func ofRPC[T any](v *facts.VirtualDirectory, o facts.Observed[T], value func(T) ref.Val, absent ref.Val) ref.Val {
	if !o.Asked() && v.Service != "" && v.Service != facts.ServiceRPC {
		return absent
	}
	return observed(o, value)
}

// urlFields are the facts of one published URL, which are null where there is none.
func urlFields(which string, of func(*facts.VirtualDirectory) facts.Observed[facts.PublishedURL]) []field {
	part := func(get func(facts.PublishedURL) ref.Val) func(*facts.VirtualDirectory) ref.Val {
		return func(v *facts.VirtualDirectory) ref.Val {
			return observed(of(v), func(u facts.PublishedURL) ref.Val {
				switch {
				case u.Problem != "":
					return blind("the " + which + " URL cannot be read: " + u.Problem)
				case u.Host == "":
					return types.NullValue
				}
				return get(u)
			})
		}
	}
	return []field{
		fact(which+"Url", optionalText, "as stored", func(v *facts.VirtualDirectory) ref.Val {
			return observed(of(v), func(u facts.PublishedURL) ref.Val { return optional(u.Raw, text) })
		}),
		fact(which+"Host", optionalText, "", part(func(u facts.PublishedURL) ref.Val { return text(u.Host) })),
		fact(which+"Ssl", optionalTruth, "", part(func(u facts.PublishedURL) ref.Val { return truth(u.SSL) })),
	}
}

func serverKind() *kind {
	return &kind{name: "server", plural: "servers", ofDirectory: true, about: "an Exchange server",
		fields: []field{
			fact("name", cel.StringType, "", func(s *facts.Server) ref.Val { return text(s.Name) }),
			fact("dn", cel.StringType, "", func(s *facts.Server) ref.Val { return text(s.DN) }),
			fact("fqdn", optionalText, "", func(s *facts.Server) ref.Val { return observedText(s.FQDN) }),
			fact("site", optionalText, "the AD site", func(s *facts.Server) ref.Val { return observedText(s.Site) }),
			fact("build", optionalText, `"15.2.1748.10"`, func(s *facts.Server) ref.Val { return observedText(s.Build) }),
			fact("product", optionalText, `"Exchange Server 2019"`, func(s *facts.Server) ref.Val {
				return observed(s.Version, func(v facts.Version) ref.Val { return orNull(v.Product) })
			}),
			fact("update", optionalText, `"CU15"`, func(s *facts.Server) ref.Val {
				return observed(s.Version, func(v facts.Version) ref.Val { return orNull(v.Update) })
			}),
			fact("roles", texts, "", func(s *facts.Server) ref.Val {
				return observed(s.Roles, func(f facts.Flags) ref.Val { return list(f.Names) })
			}),
		},
		list: func(s *facts.Snapshot) listing {
			return ofDirectory(s, "the servers", func(o *facts.Organization) facts.Observed[[]facts.Server] { return o.Servers },
				func(s *facts.Server) report.Subject { return report.Subject{Kind: "server", Name: s.Name, DN: s.DN} })
		}}
}

func pointKind() *kind {
	return &kind{name: "connectionPoint", plural: "connectionPoints", ofDirectory: true, about: "a service connection point of Autodiscover",
		fields: []field{
			fact("name", cel.StringType, "", func(p *facts.ConnectionPoint) ref.Val { return text(p.Name) }),
			fact("dn", cel.StringType, "", func(p *facts.ConnectionPoint) ref.Val { return text(p.DN) }),
			fact("kind", cel.StringType, "url, pointer, hoster or domain; empty for another", func(p *facts.ConnectionPoint) ref.Val { return observed(p.Kind, text) }),
			fact("server", optionalText, "whose it is", func(p *facts.ConnectionPoint) ref.Val { return orNull(p.Server) }),
			fact("keywords", texts, "", func(p *facts.ConnectionPoint) ref.Val { return observed(p.Keywords, list) }),
			fact("sites", texts, "none means every site", func(p *facts.ConnectionPoint) ref.Val {
				return observed(p.Keywords, func([]string) ref.Val { return list(p.Sites) })
			}),
			fact("bindings", texts, "where it leads", func(p *facts.ConnectionPoint) ref.Val { return observed(p.Bindings, list) }),
		},
		list: func(s *facts.Snapshot) listing {
			return ofDirectory(s, "the connection points", func(o *facts.Organization) facts.Observed[[]facts.ConnectionPoint] { return o.ConnectionPoints },
				func(p *facts.ConnectionPoint) report.Subject {
					return report.Subject{Kind: "connection point", Name: p.Name, DN: p.DN}
				})
		}}
}
