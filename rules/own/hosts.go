package own

import (
	"slices"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

func hostKind() *kind {
	return &kind{name: "host", plural: "hosts", about: "a published name that was probed",
		fields: []field{
			fact("name", cel.StringType, "the DNS name or address", func(h *facts.Host) ref.Val { return text(h.Name) }),
			fact("port", cel.IntType, "443 where none is published", func(h *facts.Host) ref.Val { return number(h.Port) }),
			fact("addresses", texts, `"192.0.2.10:443" and its like`, func(h *facts.Host) ref.Val {
				return observed(h.Addresses, func(endpoints []facts.Endpoint) ref.Val {
					addresses := []string{}
					for _, e := range endpoints {
						addresses = append(addresses, e.Address)
					}
					return list(addresses)
				})
			}),
			fact("publishedBy", texts, "the services that name it: rpc, mapi, ews and their like", func(h *facts.Host) ref.Val {
				return list(origins(h, func(o facts.Origin) string { return o.Service }))
			}),
			fact("scopes", texts, "external, internal", func(h *facts.Host) ref.Val {
				return list(origins(h, func(o facts.Origin) string { return o.Scope }))
			}),
		},
		list: func(s *facts.Snapshot) (l listing) {
			for h := range clientHosts(s) {
				l.items = append(l.items, item{hostSubject(h, ""), h})
			}
			return l
		}}
}

// clientHosts are the hosts as clients see them, and not as a server behind a
// balancer shows them.
func clientHosts(s *facts.Snapshot) func(yield func(*facts.Host) bool) {
	return func(yield func(*facts.Host) bool) {
		for i := range s.Hosts {
			if s.Hosts[i].Node == "" && !yield(&s.Hosts[i]) {
				return
			}
		}
	}
}

func hostSubject(h *facts.Host, address string) report.Subject {
	return report.Subject{Kind: "host", Name: facts.Label(h.Name, h.Port), Address: address}
}

func origins(h *facts.Host, of func(facts.Origin) string) []string {
	values := []string{}
	for _, o := range h.Origins {
		if value := of(o); value != "" && !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	slices.Sort(values)
	return values
}

// sighting is what one address of a host served.
type sighting struct {
	host    *facts.Host
	address string
	served  facts.Observed[facts.Served]
}

func certificateKind() *kind {
	fields := []field{
		fact("host", cel.StringType, "the name that it was asked for", func(s *sighting) ref.Val { return text(s.host.Name) }),
		fact("port", cel.IntType, "", func(s *sighting) ref.Val { return number(s.host.Port) }),
		fact("address", cel.StringType, `where it was served: "192.0.2.10:443"`, func(s *sighting) ref.Val { return recorded(s.address) }),
		ofServed("tlsVersion", cel.StringType, `as negotiated: "TLS 1.3"`, func(s facts.Served) ref.Val { return recorded(s.Version) }),
		ofServed("cipher", cel.StringType, "as negotiated, by its IANA name", func(s facts.Served) ref.Val { return recorded(s.Cipher) }),
		ofServed("oldVersions", texts, "versions below TLS 1.2 that are taken too", func(s facts.Served) ref.Val { return observed(s.OldVersions, list) }),
		ofServed("chainLength", cel.IntType, "certificates sent, with this one", func(s facts.Served) ref.Val { return number(len(s.Chain)) }),
		ofServed("trusted", cel.BoolType, "whether it leads to a trusted root", func(s facts.Served) ref.Val {
			return observed(s.Trust, func(t facts.Trust) ref.Val { return truth(t.Trusted) })
		}),
		ofServed("root", optionalText, "subject of the trusted root", func(s facts.Served) ref.Val {
			return observed(s.Trust, func(t facts.Trust) ref.Val { return orNull(t.Root) })
		}),
		fact("coversHost", cel.BoolType, "whether its names cover the host", func(s *sighting) ref.Val {
			return s.leaf(func(c facts.Certificate) ref.Val { return truth(c.CoversHost(s.host.Name)) })
		}),
	}
	return &kind{name: "certificate", plural: "certificates", about: "what one address of a host serves", fields: append(fields, leafFields()...),
		list: func(s *facts.Snapshot) (l listing) {
			for h := range clientHosts(s) {
				if !h.Addresses.Known || len(h.Addresses.Value) == 0 {
					why := h.Addresses.Why
					if why == "" {
						why = h.Name + " was not probed"
					}
					l.unseen = append(l.unseen, unseen{hostSubject(h, ""), why, &sighting{h, "", facts.Unknown[facts.Served](why)}})
				}
				for _, e := range h.Addresses.Value {
					l.items = append(l.items, item{hostSubject(h, e.Address), &sighting{h, e.Address, e.Served}})
				}
			}
			return l
		}}
}

// leafFields are the facts of the certificate itself.
func leafFields() []field {
	return []field{
		ofLeaf("commonName", optionalText, "null where there is none or where there are several", func(c facts.Certificate) ref.Val {
			name, _ := c.CommonName()
			return orNull(name)
		}),
		ofLeaf("commonNames", texts, "every common name of the subject", func(c facts.Certificate) ref.Val { return list(c.CommonNames) }),
		ofLeaf("names", texts, "its alternative DNS names", func(c facts.Certificate) ref.Val { return list(c.DNSNames) }),
		ofLeaf("ipAddresses", texts, "its alternative addresses", func(c facts.Certificate) ref.Val { return list(c.IPAddresses) }),
		ofLeaf("subject", cel.StringType, "", func(c facts.Certificate) ref.Val { return text(c.Subject) }),
		ofLeaf("issuer", cel.StringType, "", func(c facts.Certificate) ref.Val { return text(c.Issuer) }),
		ofLeaf("serial", cel.StringType, "in upper-case hexadecimal", func(c facts.Certificate) ref.Val { return recorded(c.Serial) }),
		ofLeaf("thumbprint", cel.StringType, "SHA-1, in upper-case hexadecimal", func(c facts.Certificate) ref.Val { return recorded(c.Thumbprint) }),
		ofLeaf("notBefore", cel.TimestampType, "", func(c facts.Certificate) ref.Val { return instant(c.NotBefore) }),
		ofLeaf("notAfter", cel.TimestampType, "", func(c facts.Certificate) ref.Val { return instant(c.NotAfter) }),
		ofLeaf("selfSigned", cel.BoolType, "", func(c facts.Certificate) ref.Val { return truth(c.SelfSigned) }),
		ofLeaf("key", cel.StringType, "kind of the key: RSA, ECDSA, Ed25519", func(c facts.Certificate) ref.Val { return recorded(c.Key) }),
		ofLeaf("keyBits", cel.IntType, "", func(c facts.Certificate) ref.Val {
			if c.KeyBits == 0 {
				return blind("it was not recorded")
			}
			return number(c.KeyBits)
		}),
		ofLeaf("signature", cel.StringType, "algorithm: SHA256-RSA and its like", func(c facts.Certificate) ref.Val { return recorded(c.Signature) }),
	}
}

func ofServed(name string, typ *cel.Type, about string, get func(facts.Served) ref.Val) field {
	return fact(name, typ, about, func(s *sighting) ref.Val { return observed(s.served, get) })
}

func ofLeaf(name string, typ *cel.Type, about string, get func(facts.Certificate) ref.Val) field {
	return fact(name, typ, about, func(s *sighting) ref.Val { return s.leaf(get) })
}

func (s *sighting) leaf(get func(facts.Certificate) ref.Val) ref.Val {
	return observed(s.served, func(served facts.Served) ref.Val {
		leaf := served.Leaf()
		if leaf.Unreadable != "" {
			return blind("the certificate could not be parsed: " + leaf.Unreadable)
		}
		return get(leaf)
	})
}

func principalKind() *kind {
	return &kind{name: "principal", plural: "principals", about: "a row of the principal table: a provider, a host and one of its addresses",
		fields: []field{
			fact("provider", cel.StringType, "EXPR or EXCH", func(j *facts.Judgement) ref.Val { return text(j.Provider) }),
			fact("scope", cel.StringType, "external or internal", func(j *facts.Judgement) ref.Val { return text(j.Scope) }),
			fact("host", cel.StringType, "", func(j *facts.Judgement) ref.Val { return text(j.Host) }),
			fact("port", cel.IntType, "", func(j *facts.Judgement) ref.Val { return number(j.Port) }),
			fact("address", cel.StringType, "", func(j *facts.Judgement) ref.Val { return recorded(j.Address) }),
			fact("stored", optionalText, "what the directory holds; null for $null", func(j *facts.Judgement) ref.Val { return observedText(j.Stored) }),
			fact("published", texts, "what Autodiscover sends here", func(j *facts.Judgement) ref.Val { return list(j.Published) }),
			fact("effective", cel.StringType, "the name that the client demands; empty where SSL is off", func(j *facts.Judgement) ref.Val {
				return observed(j.Effective, func(p facts.Principal) ref.Val { return text(p.Text) })
			}),
			fact("match", cel.StringType, "match, san, wildcard, mismatch, undecidable or unchecked", func(j *facts.Judgement) ref.Val {
				if j.Match == facts.Unseen {
					return blind(j.Why)
				}
				return types.String(j.Match)
			}),
		},
		list: func(s *facts.Snapshot) (l listing) {
			rows, gaps := s.Judge()
			for i := range rows {
				j := &rows[i]
				l.items = append(l.items, item{report.Subject{Kind: "host", Name: facts.Label(j.Host, j.Port), Address: j.Address,
					Provider: j.Provider, DN: j.ProviderDN}, j})
			}
			for _, g := range gaps {
				l.unseen = append(l.unseen, unseen{report.Subject{Kind: g.Kind, Name: g.Name, DN: g.DN}, g.Why, nil})
			}
			return l
		}}
}
