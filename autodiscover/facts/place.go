package facts

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// The scopes of a place.
const (
	External = "external"
	Internal = "internal"
)

// Place is somewhere that Outlook Anywhere is published: one provider's value for
// one host, with what the directory stores, what Autodiscover sends and what the
// client makes of it.
type Place struct {
	Organization string // the directory URL of its organization; "" where none was asked
	Provider     string // EXPR or EXCH: whose value is sent for this host
	ProviderDN   string
	Scope        string
	Host         string
	Port         int
	Stored       Observed[Text]      // the provider's CertPrincipalName; never asked where no directory was
	Published    []string            // what Autodiscover sends here, each text once
	Effective    Observed[Principal] // what the client demands
	Derived      bool                // the client made the name from the server's
	NoProvider   bool                // the directory holds no such provider object, so Autodiscover sends no such node
	Online       bool                // Autodiscover says that the mailbox is in Microsoft 365
}

// SSLOff says that the place is published without SSL, so no certificate is looked at.
func (p Place) SSLOff() bool {
	return p.Effective.Known && p.Effective.Value.Form == None && p.Effective.Value.Text == ""
}

// Gap is something that could not be seen and may publish further places.
type Gap struct {
	Kind string // organization, virtual directory, mailbox, domain, file
	Name string
	DN   string
	Why  string
}

// Places lists where Outlook Anywhere is published, and the gaps: an auditor who
// does not know every place must not say that all is well. What Autodiscover sends
// outranks what the directory stores, because the client is given it; a value in
// the directory stands for itself where no answer shows that host.
func (s *Snapshot) Places() ([]Place, []Gap) {
	if s.settled != nil {
		return s.settled.places, s.settled.gaps
	}
	b := places{at: map[string][]int{}}
	for i := range s.Answers {
		b.addAnswer(s, &s.Answers[i])
	}
	for i := range s.Organizations {
		b.addOrganization(&s.Organizations[i])
	}
	b.gaps = append(b.gaps, s.mailboxGaps()...)
	slices.SortFunc(b.list, comparePlaces)
	slices.SortFunc(b.gaps, func(a, b Gap) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Name, b.Name), strings.Compare(a.DN, b.DN), strings.Compare(a.Why, b.Why))
	})
	return b.list, slices.Compact(b.gaps)
}

type places struct {
	list []Place
	at   map[string][]int // place key → indexes in list
	gaps []Gap
}

func (b *places) addAnswer(s *Snapshot, a *Answer) {
	if !a.Response.Known || a.View == ViewMapi || !a.isPOX() || s.Stranger(a) != "" { // of a stranger's the mailbox's gap speaks
		return
	}
	for i, node := range a.Response.Value.Nodes {
		provider, scope := s.Feed(a, i)
		host := strings.TrimSuffix(node.ServerName(), ".")
		switch {
		case scope == "":
			continue
		case host == "":
			kind, name := a.subject()
			b.gaps = append(b.gaps, Gap{Kind: kind, Name: name, Why: a.URL + ": the " + node.Type + " node names no host: its Server is " + quoted(node.Server)})
			continue
		}
		effective, derived := EffectivePrincipal(node.CertPrincipalName, host, !node.SSLOff())
		p := Place{Provider: provider, Scope: scope, Host: host, Port: 443,
			Effective: Known(effective), Derived: derived, Online: a.Response.Value.MicrosoftOnline}
		if node.CertPrincipalName.Present {
			p.Published = []string{node.CertPrincipalName.Value}
		}
		if org := s.organizationOf(host); org != nil {
			p.Organization = org.Directory
			p.Stored, p.ProviderDN, _ = org.storedPrincipal(provider)
		}
		b.add(p)
	}
}

// add keeps a place once; a second answer that says the same adds nothing, one
// that says something else is a place of its own.
func (b *places) add(p Place) {
	for _, i := range b.at[p.key()] {
		if q := &b.list[i]; q.Effective.Value == p.Effective.Value {
			q.Host = max(q.Host, p.Host) // of two spellings always the same one, small letters before capitals
			for _, text := range p.Published {
				if !slices.Contains(q.Published, text) {
					q.Published = append(q.Published, text)
				}
			}
			return
		}
	}
	b.at[p.key()] = append(b.at[p.key()], len(b.list))
	b.list = append(b.list, p)
}

func (b *places) addOrganization(org *Organization) {
	if org.VirtualDirectories.Asked() && !org.VirtualDirectories.Known {
		b.gaps = append(b.gaps, Gap{Kind: "organization", Name: org.Directory, DN: org.DN, Why: org.VirtualDirectories.Why})
	}
	sent := len(b.list) // places that Autodiscover showed
	for _, v := range org.VirtualDirectories.Value {
		if v.BackEnd || v.Service != ServiceRPC {
			continue
		}
		b.addPublished(org, v, EXPR, External, v.Outside(), sent)
		b.addPublished(org, v, EXCH, Internal, v.Internal, sent)
	}
}

func (b *places) addPublished(org *Organization, v VirtualDirectory, provider, scope string, published Observed[PublishedURL], sent int) {
	url := published.Value
	switch {
	case published.Asked() && !published.Known:
		b.gaps = append(b.gaps, Gap{Kind: "virtual directory", Name: v.Server + "\\" + v.Name, DN: v.DN, Why: published.Why})
		return
	case url.Problem != "":
		b.gaps = append(b.gaps, Gap{Kind: "virtual directory", Name: v.Server + "\\" + v.Name, DN: v.DN,
			Why: "its " + scope + " host name cannot be read: " + url.Problem})
		return
	case url.Host == "":
		return
	}
	stored, dn, missing := org.storedPrincipal(provider)
	p := Place{Organization: org.Directory, Provider: provider, ProviderDN: dn, Scope: scope,
		Host: strings.TrimSuffix(url.Host, "."), Port: url.Port, Stored: stored, NoProvider: missing}
	if at := b.at[p.key()]; len(at) > 0 && at[0] < sent {
		return
	}
	switch {
	case missing:
		p.Effective = Unknown[Principal]("there is no " + provider + " object, so Autodiscover publishes nothing here")
	case !stored.Known && url.SSL:
		p.Effective = Unknown[Principal](stored.Why)
	default:
		effective, derived := EffectivePrincipal(stored.Value, p.Host, url.SSL)
		p.Effective, p.Derived = Known(effective), derived
	}
	b.add(p)
}

// key tells places apart. What Exchange Online sends stands by itself: the
// organization's own directory feeds none of it.
func (p Place) key() string {
	online := ""
	if p.Online {
		online = "online "
	}
	return online + p.Provider + " " + p.Scope + " " + hostKey(p.Host, p.Port)
}

// Outside is the URL that EXPR publishes for a virtual directory: the external one,
// or the internal one where there is no external host, with its SSL switch
// (observed in Exchange 2013 CU23).
func (v VirtualDirectory) Outside() Observed[PublishedURL] {
	if url := v.External.Value; v.External.Known && url.Host == "" && url.Problem == "" && v.Internal.Value.Problem == "" {
		return v.Internal
	}
	return v.External
}

func quoted(t Text) string {
	if !t.Present {
		return "missing"
	}
	return strconv.Quote(t.Value)
}

// comparePlaces puts EXPR before EXCH and goes by scope, host and what is demanded.
// It stops at the first difference: of five thousand places most differ in the host.
func comparePlaces(a, b Place) int {
	if c := cmp.Or(strings.Compare(b.Provider, a.Provider), strings.Compare(a.Scope, b.Scope)); c != 0 {
		return c
	}
	if c := cmp.Or(strings.Compare(strings.ToLower(a.Host), strings.ToLower(b.Host)), a.Port-b.Port); c != 0 {
		return c
	}
	return cmp.Or(strings.Compare(a.Effective.Value.Text, b.Effective.Value.Text), strings.Compare(a.key(), b.key()))
}

// storedPrincipal is what the directory holds for a provider; missing says that
// the list of providers is known and this one is not in it.
func (o *Organization) storedPrincipal(provider string) (value Observed[Text], dn string, missing bool) {
	switch p := o.Provider(provider); {
	case p != nil:
		return p.CertPrincipalName, p.DN, false
	case o.Providers.Known:
		return Null(), o.ProviderDN(provider), true
	case !o.Providers.Asked():
		return Observed[Text]{}, o.ProviderDN(provider), false
	}
	return Unknown[Text](o.Providers.Why), o.ProviderDN(provider), false
}

// organizationOf is the organization that publishes a host, or the first.
func (s *Snapshot) organizationOf(host string) *Organization {
	for i := range s.Organizations {
		for _, v := range s.Organizations[i].VirtualDirectories.Value {
			if v.Service != ServiceRPC {
				continue
			}
			if strings.EqualFold(v.External.Value.Host, host) || strings.EqualFold(v.Internal.Value.Host, host) {
				return &s.Organizations[i]
			}
		}
	}
	return s.Organization()
}
