package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// innocents look guilty and are not: their rule finds nothing to say.
var innocents = map[string]map[string]func(s *facts.Snapshot){
	"certificate-chain-incomplete": {
		"the root is not sent":                 func(*facts.Snapshot) {},
		"the root is sent too":                 func(s *facts.Snapshot) { send(s, root()) },
		"issued by the root itself":            func(s *facts.Snapshot) { served(s, issuedByTheRoot) },
		"a file holds the leaf alone":          func(s *facts.Snapshot) { served(s, fromFile) },
		"a private authority that is not sent": func(s *facts.Snapshot) { served(s, untrusted("CN=Contoso Issuing CA")) },
	},
	"certificate-chain-order": {
		"the root is sent too":      func(s *facts.Snapshot) { send(s, root()) },
		"the leaf alone":            func(s *facts.Snapshot) { served(s, func(v *facts.Served) { v.Chain = v.Chain[:1] }) },
		"a file in any order":       func(s *facts.Snapshot) { served(s, misorderedFile) },
		"a cross-certificate's own": func(s *facts.Snapshot) { send(s, crossed()) },
	},
	"certificate-differs-between-addresses": {
		"one certificate with and without its root": func(s *facts.Snapshot) {
			v := &s.Hosts[0].Addresses.Value[1].Served.Value
			v.Chain = append(slices.Clone(v.Chain), root())
		},
		"an RSA and an ECDSA certificate on both, of which each shows another": func(s *facts.Snapshot) {
			first, second := &s.Hosts[0].Addresses.Value[0].Served.Value, &s.Hosts[0].Addresses.Value[1].Served.Value
			other := slices.Clone(first.Chain)
			other[0].Key, other[0].KeyBits, other[0].Thumbprint = "ECDSA", 256, "EC"
			first.Others = facts.Known([]facts.OtherChain{{Offered: "ECDSA", Chain: other, Trust: first.Trust}})
			second.Others = facts.Known([]facts.OtherChain{{Offered: "RSA", Chain: first.Chain, Trust: first.Trust}})
			second.Chain = other
		},
		"a server behind the balancer shows what clients see": func(s *facts.Snapshot) {
			behind := s.Hosts[0]
			behind.Node = "ex1.contoso.com"
			s.Hosts = append(s.Hosts, behind)
		},
		"another port": func(s *facts.Snapshot) {
			other := s.Hosts[0]
			other.Port = 8443
			other.Addresses = facts.Known(slices.Clone(other.Addresses.Value))
			s.Hosts = append(s.Hosts, other)
			leafs(other, func(c *facts.Certificate) { c.Thumbprint = "8443" })
		},
	},
	"certificate-email-principal": {
		"an e-mail attribute without an @": func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.SubjectEmails = []string{"IT"} }) },
		"a host where no principal name matters": func(s *facts.Snapshot) {
			elsewhere(s, func(c *facts.Certificate) { c.SubjectEmails = []string{"a@b.c"} })
		},
		"the name is switched off by none": func(s *facts.Snapshot) {
			unchecked(s, func(c *facts.Certificate) { c.SubjectEmails = []string{"a@b.c"} })
		},
		"a user principal name, which is no mail": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.OtherNames = []string{"other:1.3.6.1.4.1.311.20.2.3=a@b.c"} })
		},
	},
	"certificate-expired": {
		"the last second": func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.NotAfter = s.TakenAt }) },
	},
	"certificate-expires-soon": {
		"twenty days of a life of 45": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) {
				c.NotBefore, c.NotAfter = s.TakenAt.AddDate(0, 0, -25), s.TakenAt.AddDate(0, 0, 20)
			})
		},
	},
	"certificate-no-common-name": {
		"a host where no principal name matters": func(s *facts.Snapshot) { elsewhere(s, func(c *facts.Certificate) { c.CommonNames = nil }) },
		"the name is switched off by none":       func(s *facts.Snapshot) { unchecked(s, func(c *facts.Certificate) { c.CommonNames = nil }) },
		"the common name is another": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.CommonNames = []string{"contoso.com"} })
		},
	},
	"certificate-no-server-auth": {
		"no extended key usage at all": func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.Purposes = nil }) },
		"any usage":                    func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.Purposes = []string{"any"} }) },
		"clients too": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.Purposes = []string{"clientAuth", "serverAuth"} })
		},
		"needless: no part of the chain": func(s *facts.Snapshot) {
			mail := crossed()
			mail.Subject, mail.Purposes = "CN=Contoso Mail CA", []string{"1.3.6.1.5.5.7.3.4"}
			send(s, mail)
		},
	},
	"certificate-not-inspectable": {
		"only the strict parser refuses it": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.Lenient = "x509: negative serial number" })
		},
	},
	"certificate-not-trusted": {
		"self-signed, which has its own rule": func(s *facts.Snapshot) { served(s, selfSigned) },
	},
	"certificate-root-distrusted": {
		"issued before the date":  func(s *facts.Snapshot) { entrust(s, time.Date(2025, 4, 15, 23, 59, 59, 0, time.UTC)) },
		"a chain to no root here": func(s *facts.Snapshot) { served(s, untrusted("CN=Entrust Root Certification Authority - G2")) },
	},
	"certificate-self-signed": {
		"handed out as a root": func(s *facts.Snapshot) {
			served(s, func(v *facts.Served) {
				selfSigned(v)
				v.Trust = facts.Known(facts.Trust{Trusted: true, Root: v.Chain[0].Subject, RootThumbprint: "AB"})
			})
		},
		"the root is sent too":         func(s *facts.Snapshot) { send(s, root()) },
		"issuer and subject are alike": func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.Issuer = c.Subject }) },
	},
	"certificate-several-common-names": {
		"one common name and many others": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.DNSNames = append([]string{"owa.contoso.com"}, c.DNSNames...) })
		},
		"a host where no principal name matters": func(s *facts.Snapshot) {
			elsewhere(s, func(c *facts.Certificate) { c.CommonNames = []string{"a", "b"} })
		},
	},
	"certificate-too-long-lived": {
		"ten years from an authority of one's own": func(s *facts.Snapshot) {
			lives(s, 2026, 10, 1, 3650)
			leaves(s, func(c *facts.Certificate) { c.Policies = nil })
		},
		"two hundred days to the second":          func(s *facts.Snapshot) { lives(s, 2026, 3, 15, 200) },
		"398 days, issued a day before the limit": func(s *facts.Snapshot) { lives(s, 2026, 3, 14, 398) },
		"47 days in 2029":                         func(s *facts.Snapshot) { lives(s, 2029, 3, 15, 47) },
	},
	"certificate-weak-key": {
		"a small key on a curve": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.Key, c.KeyBits, c.Curve = "ECDSA", 256, "P-256" })
		},
		"Ed25519":                 func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.Key, c.KeyBits = "Ed25519", 256 }) },
		"no part of the chain":    func(s *facts.Snapshot) { old := crossed(); old.Subject, old.KeyBits = "CN=Old CA", 1024; send(s, old) },
		"an RSA key of 2048 bits": func(*facts.Snapshot) {},
	},
	"certificate-weak-signature": {
		"a root that signed itself with SHA-1": func(s *facts.Snapshot) { send(s, root()) },
		"a self-signed certificate with SHA-1": func(s *facts.Snapshot) { served(s, selfSigned) },
		"a needless certificate signed with SHA-1": func(s *facts.Snapshot) {
			old := crossed()
			old.Subject, old.Signature = "CN=Old CA", "SHA1-RSA"
			send(s, old)
		},
		"a probabilistic signature with SHA-256": func(s *facts.Snapshot) { leaves(s, func(c *facts.Certificate) { c.Signature = "SHA256-RSAPSS" }) },
	},
	"host-name-internal": {
		"an internal name, published inside alone": func(s *facts.Snapshot) {
			s.Hosts[0].Name, s.Hosts[0].Origins = "mail.contoso.local", s.Hosts[0].Origins[1:]
		},
		"local is not the last label": func(s *facts.Snapshot) { s.Hosts[0].Name = "mail.local.contoso.com" },
		"a public address":            func(s *facts.Snapshot) { s.Hosts[0].Name = "2001:db8::1" },
		"a domain that ends alike":    func(s *facts.Snapshot) { s.Hosts[0].Name = "mail.notlocal" },
	},
	"host-not-in-certificate": {
		"covered by a wildcard": func(s *facts.Snapshot) {
			leaves(s, func(c *facts.Certificate) { c.DNSNames = []string{"*.contoso.com"} })
		},
	},
	"host-unreachable": {
		"a server behind the balancer": func(s *facts.Snapshot) {
			s.Hosts = append(s.Hosts, facts.Host{Name: "mail.contoso.com", Port: 443, Node: "ex1", Addresses: facts.Unknown[[]facts.Endpoint]("refused")})
		},
	},
	"tls-version-old": {
		"nobody asked": func(s *facts.Snapshot) {
			served(s, func(v *facts.Served) { v.OldVersions = facts.Observed[[]string]{} })
		},
		"TLS 1.2 without 1.3": func(s *facts.Snapshot) { served(s, func(v *facts.Served) { v.Version = "TLS 1.2" }) },
		"a file":              func(s *facts.Snapshot) { served(s, fromFile) },
	},
}

func TestInnocentsAreLeftAlone(t *testing.T) {
	for _, rule := range rules.All() {
		concerned := strings.HasPrefix(rule.ID, "certificate-") || strings.HasPrefix(rule.ID, "host-") || strings.HasPrefix(rule.ID, "tls-")
		if concerned && len(innocents[rule.ID]) == 0 {
			t.Errorf("nothing looks guilty of %s and is not", rule.ID)
		}
		for name, change := range innocents[rule.ID] {
			t.Run(rule.ID+"/"+name, func(t *testing.T) {
				s := rules.Healthy()
				change(s)
				for _, v := range rule.Check(s) {
					if v.Outcome != report.Pass {
						t.Errorf("%s: %s: %s", v.Outcome, v.Subject.Name, v.Message)
					}
				}
			})
		}
	}
}

// served changes what every address of the host serves.
func served(s *facts.Snapshot, change func(v *facts.Served)) {
	for i := range s.Hosts {
		if s.Hosts[i].Name != s.Hosts[0].Name {
			continue
		}
		for j := range s.Hosts[i].Addresses.Value {
			change(&s.Hosts[i].Addresses.Value[j].Served.Value)
		}
	}
}

// leaves changes every certificate of the host.
func leaves(s *facts.Snapshot, change func(c *facts.Certificate)) { leafs(s.Hosts[0], change) }

func leafs(h facts.Host, change func(c *facts.Certificate)) {
	for i := range h.Addresses.Value {
		v := &h.Addresses.Value[i].Served.Value
		v.Chain = slices.Clone(v.Chain)
		change(&v.Chain[0])
	}
}

// send adds a certificate to the end of every chain.
func send(s *facts.Snapshot, c facts.Certificate) {
	served(s, func(v *facts.Served) { v.Chain = append(slices.Clone(v.Chain), c) })
}

// elsewhere adds a host that nobody publishes for Outlook Anywhere.
func elsewhere(s *facts.Snapshot, change func(c *facts.Certificate)) {
	h := s.Hosts[0]
	h.Name = "owa.contoso.com"
	h.Addresses = facts.Known(slices.Clone(h.Addresses.Value))
	leafs(h, change)
	s.Hosts = append(s.Hosts, h)
}

func unchecked(s *facts.Snapshot, change func(c *facts.Certificate)) {
	set(s, "EXPR", "none")
	set(s, "EXCH", "none")
	leaves(s, change)
}

func root() facts.Certificate {
	c := crossed()
	c.Issuer, c.Signature, c.SelfSigned, c.Thumbprint = c.Subject, "SHA1-RSA", true, "D0"
	return c
}

// crossed is the root's key under another root, as a cross-certificate has it.
func crossed() facts.Certificate {
	c := rules.Healthy().Hosts[0].Addresses.Value[0].Served.Value.Chain[1]
	c.Subject, c.Issuer, c.Thumbprint = c.Issuer, "CN=Contoso Older Root CA", "C0"
	return c
}

func selfSigned(v *facts.Served) {
	c := v.Chain[0]
	c.CommonNames, c.Subject, c.Issuer, c.SelfSigned, c.Signature = []string{"EX1"}, "CN=EX1", "CN=EX1", true, "SHA1-RSA"
	v.Chain = []facts.Certificate{c}
	v.Trust = facts.Known(facts.Trust{Reason: "the certificate is self-signed"})
}

func issuedByTheRoot(v *facts.Served) {
	c := v.Chain[0]
	c.Issuer = "CN=Contoso Root CA"
	v.Chain = []facts.Certificate{c}
}

func fromFile(v *facts.Served) {
	v.File, v.Chain, v.Version, v.OldVersions = "new.cer", v.Chain[:1], "", facts.Observed[[]string]{}
}

func misorderedFile(v *facts.Served) {
	v.File, v.Chain = "new.p7b", []facts.Certificate{v.Chain[0], root(), v.Chain[1]}
}

func untrusted(missing string) func(v *facts.Served) {
	return func(v *facts.Served) {
		v.Chain = v.Chain[:1]
		v.Trust = facts.Known(facts.Trust{Reason: missing + " is not trusted here", Missing: missing})
	}
}

func entrust(s *facts.Snapshot, issued time.Time) {
	leaves(s, func(c *facts.Certificate) { c.NotBefore = issued })
	served(s, func(v *facts.Served) {
		v.Trust = facts.Known(facts.Trust{Trusted: true, Root: "CN=Entrust Root Certification Authority - G2",
			RootThumbprint: "43DF5774B03E7FEF5FE40D931A7BEDF1BB2E6B42738C4E6D3841103D3AA7F339"})
	})
}

// lives makes the certificate of a day and of so many days, the last second counted.
func lives(s *facts.Snapshot, year int, month time.Month, of, days int) {
	start := time.Date(year, month, of, 0, 0, 0, 0, time.UTC)
	leaves(s, func(c *facts.Certificate) {
		c.NotBefore, c.NotAfter = start, start.AddDate(0, 0, days).Add(-time.Second)
	})
}
