package facts_test

import (
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
			{Mailbox: "b@sales.emea.contoso.com"}, {Mailbox: "c@contoso.com"}, {Mailbox: "d@example.com"}},
		Hosts: []facts.Host{{Name: "mail.contoso.com", Port: 443}, {Name: "MAIL.emea.contoso.com", Port: 443}, {Name: "owa.contoso.com", Port: 443}},
	}
	parts := s.ByOrganization()
	if len(parts) != 2 {
		t.Fatalf("%d parts", len(parts))
	}
	mailboxes := func(s *facts.Snapshot) (list string) {
		for _, a := range s.Answers {
			list += a.Mailbox[:1]
		}
		for _, h := range s.Hosts {
			list += " " + h.Name
		}
		return list
	}
	if got := mailboxes(parts[0]); got != "cd mail.contoso.com owa.contoso.com" {
		t.Errorf("the first has %s", got)
	}
	if got := mailboxes(parts[1]); got != "ab MAIL.emea.contoso.com" {
		t.Errorf("the second has %s", got)
	}
	if one := (&facts.Snapshot{Organizations: s.Organizations[:1]}); one.ByOrganization()[0] != one {
		t.Error("a single organization is split")
	}
}
