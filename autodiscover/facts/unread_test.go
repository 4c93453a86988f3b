package facts_test

import (
	"fmt"
	"reflect"
	"testing"

	"exprobe/autodiscover/facts"
)

// A fact that Unread forgets would read as never asked.
func TestUnreadForgetsNoFact(t *testing.T) {
	org := facts.Organization{Directory: "ldaps://dc1.contoso.com"}
	org.Unread("refused")
	seen := 0
	var look func(v reflect.Value, path string)
	look = func(v reflect.Value, path string) {
		if v.Kind() != reflect.Struct {
			return
		}
		if why := v.FieldByName("Why"); why.IsValid() {
			if seen++; why.String() != "refused" || v.FieldByName("Known").Bool() {
				t.Errorf("%s is not unread", path)
			}
			return
		}
		for i := range v.NumField() {
			look(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	}
	look(reflect.ValueOf(org), "Organization")
	if seen < 20 {
		t.Errorf("only %d facts were looked at", seen)
	}
}

func TestByOrganizationGivesEachItsOwn(t *testing.T) {
	host := func(name string) facts.Observed[facts.PublishedURL] {
		return facts.Known(facts.PublishedURL{Host: name, Port: 443, SSL: true})
	}
	org := func(domain string) facts.Organization {
		return facts.Organization{DomainName: domain, Providers: facts.Known([]facts.Provider{{Name: "EXPR", CertPrincipalName: facts.Null()}}),
			VirtualDirectories: facts.Known([]facts.VirtualDirectory{{Service: facts.ServiceRPC, External: host("mail." + domain)}})}
	}
	s := &facts.Snapshot{
		Organizations: []facts.Organization{org("contoso.com"), org("emea.contoso.com")},
		Answers: []facts.Answer{
			{Mailbox: "a@fabrikam.com", Response: facts.Known(facts.Response{Nodes: []facts.Node{node("EXPR", "mail.emea.contoso.com", "On", "")}})},
			{Mailbox: "b@sales.emea.contoso.com"}, {Mailbox: "c@contoso.com"}, {Mailbox: "d@example.com"}, {Domain: "emea.contoso.com"}},
		Offers: []facts.Offer{{Host: "mail.emea.contoso.com"}, {Host: "autodiscover.contoso.com"}, {Host: "ews.emea.contoso.com"}},
		Hosts: []facts.Host{{Name: "mail.contoso.com", Port: 443}, {Name: "MAIL.emea.contoso.com", Port: 443}, {Name: "owa.contoso.com", Port: 443},
			{Name: "ex1.emea.contoso.com", Port: 443}},
	}
	s.Organizations[1].ConnectionPoints = facts.Known([]facts.ConnectionPoint{
		{Bindings: facts.Known([]string{"https://EX1.emea.contoso.com/autodiscover/autodiscover.xml"})}})
	parts := s.ByOrganization()
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	mailboxes := func(s *facts.Snapshot) (list string) {
		for _, a := range s.Answers {
			list += (a.Mailbox + a.Domain)[:1]
		}
		for _, o := range s.Offers {
			list += " " + o.Host
		}
		for _, h := range s.Hosts {
			list += " " + h.Name
		}
		return list
	}
	if got := mailboxes(parts[0]); got != "cd autodiscover.contoso.com mail.contoso.com owa.contoso.com" {
		t.Errorf("the first has %s", got)
	}
	if got := mailboxes(parts[1]); got != "abe mail.emea.contoso.com ews.emea.contoso.com MAIL.emea.contoso.com ex1.emea.contoso.com" {
		t.Errorf("the second has %s", got)
	}
	if one := (&facts.Snapshot{Organizations: s.Organizations[:1]}); one.ByOrganization()[0] != one {
		t.Error("a single organization is split")
	}
}

func TestWebPath(t *testing.T) {
	for text, want := range map[string]string{
		"https://mail.contoso.com/Autodiscover/a.xml?x=1#part": "/Autodiscover/a.xml?x=1",
		"https://mail.contoso.com":                             "/",
		"https://mail.contoso.com:\x00/":                       "",
	} {
		if got := facts.WebPath(text); got != want {
			t.Errorf("%q has %q, want %q", text, got, want)
		}
	}
}

func TestWebAddress(t *testing.T) {
	for text, want := range map[string]string{
		"https://mail.contoso.com/rpc":        "mail.contoso.com:443 true",
		" HTTPS://Mail.contoso.com.:8443/x ":  "Mail.contoso.com:8443 true",
		"http://[2001:db8::1]/":               "[2001:db8::1]:80 false",
		"mail.contoso.com":                    ":0 false",
		"LDAP://dc1.fabrikam.com":             ":0 false",
		"https://mail.contoso.com:99999/":     ":0 false",
		"https:///autodiscover":               ":443 true",
		"https://user:secret@a.contoso.com/x": "a.contoso.com:443 true",
		"https://mail.contoso.com:\x00/":      ":0 false",
	} {
		host, port, secure := facts.WebAddress(text)
		if got := fmt.Sprintf("%s %t", facts.HostPort(host, port), secure); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}
