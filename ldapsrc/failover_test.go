package ldapsrc

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"exprobe/ldapsrc/ldaptest"
)

// TestControllerLost reads from two servers, of which each may die when it is asked
// for a certain container.
func TestControllerLost(t *testing.T) {
	const (
		never = "no request has this"
		early = "CN=Outlook,"
		late  = "CN=Accepted Domains,"
	)
	for name, test := range map[string]struct {
		first, second string // where each dies
		password      string // of the second server
		directory     string // whose answers are taken
		whole         bool
	}{
		"the other gives the whole":                 {early, never, "secret", "ldap://dc2.contoso.com", true},
		"the other comes farther":                   {early, late, "secret", "ldap://dc2.contoso.com", false},
		"the other comes less far":                  {late, early, "secret", "ldap://dc1.contoso.com", false},
		"the other refuses the password":            {late, never, "another", "ldap://dc1.contoso.com", false},
		"the first gives the whole, and is enough":  {never, early, "secret", "ldap://dc1.contoso.com", true},
		"the other dies before the organization is": {late, "CN=Microsoft Exchange,", "secret", "ldap://dc1.contoso.com", false},
	} {
		t.Run(name, func(t *testing.T) {
			first := serveFile(t, "testdata/hybrid.ldif", ldaptest.Options{Users: map[string]string{"alice": "secret"}})
			second := serveFile(t, "testdata/hybrid.ldif", ldaptest.Options{Users: map[string]string{"alice": test.password}})
			closing := func(c net.Conn) { c.Close() }
			ways := map[string]func(context.Context, string, string) (net.Conn, error){
				"dc1.contoso.com:389": tripping(first, test.first, closing),
				"dc2.contoso.com:389": tripping(second, test.second, closing),
			}
			org, err := Read(t.Context(), Options{
				URLs: []string{"ldap://dc1.contoso.com", "ldap://dc2.contoso.com"},
				User: "alice", Password: "secret", Insecure: true,
				Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
					return ways[address](ctx, network, address)
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			if org.Directory != test.directory {
				t.Errorf("read from %s, want %s", org.Directory, test.directory)
			}
			other := "ldap://dc1.contoso.com"
			if org.Directory == other {
				other = "ldap://dc2.contoso.com"
			}
			var notes []string
			for _, note := range org.Passed {
				server, why, _ := strings.Cut(note, ": ")
				if why == "" || strings.Contains(note, "secret") || strings.Contains(note, "\n") {
					t.Errorf("the note %q", note)
				}
				notes = append(notes, server)
			}
			want := []string{other}
			if test.first == never {
				want = nil // the other was not asked
			}
			if !slices.Equal(notes, want) {
				t.Errorf("passed over %q, want %q", org.Passed, want)
			}
			if unseen := org.Unseen(); (len(unseen) == 0) != test.whole {
				t.Errorf("whole: %v, but unseen: %q", test.whole, unseen)
			}
			if !test.whole && !strings.Contains(org.AcceptedDomains.Why, "closed the connection") {
				t.Errorf("accepted domains: %+v", org.AcceptedDomains)
			}
		})
	}
}

// A domain controller that shuts down may refuse all work before it ends.
func TestControllerLeaving(t *testing.T) {
	refusal := func(code uint16) error { return &ldap.Error{ResultCode: code, Err: errors.New("00000051")} }
	for code, leaves := range map[uint16]bool{
		ldap.LDAPResultBusy:                     true,
		ldap.LDAPResultUnavailable:              true,
		ldap.LDAPResultNoSuchObject:             false,
		ldap.LDAPResultInsufficientAccessRights: false,
	} {
		r, _ := resultOf(refusal(code))
		if got := leaving(explainSearch(r)); got != leaves {
			t.Errorf("result %d: leaving is %v", code, got)
		}
	}
}
