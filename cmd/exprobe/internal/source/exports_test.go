package source

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
)

const noObjects = `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04" />`

func TestEachExportIsAnOrganization(t *testing.T) {
	folder := func(org string) string {
		dir := t.TempDir()
		object := `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj RefId="0"><MS><S N="Name">EXPR</S>` +
			`<S N="DistinguishedName">CN=EXPR,CN=Outlook,CN=AutoDiscover,CN=Client Access,CN=` + org + `,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=` + org + `,DC=test</S>` +
			`<S N="CertPrincipalName">none</S></MS></Obj></Objs>`
		for name, text := range map[string]string{"Get-OutlookProvider.xml": object, "Get-OutlookAnywhere.xml": noObjects} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	src, err := New(&configs.Config{CLIXML: []string{folder("contoso"), folder("fabrikam")}, Auth: configs.AuthNone, Timeout: time.Second},
		Environment{Now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := src.Snapshot(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Organizations) != 2 || s.Organizations[0].DomainName != "contoso.test" || s.Organizations[1].DomainName != "fabrikam.test" {
		t.Errorf("got %+v", s.Organizations)
	}
	if s.Certificates.Known || s.Certificates.Why == "" {
		t.Errorf("the certificates that nobody exported: %+v", s.Certificates)
	}
}

// A file may come from anybody: the hosts that it names are no hosts for a password.
func TestAnExportEarnsNoCredentials(t *testing.T) {
	org := facts.Organization{Exported: true, ConnectionPoints: facts.Known([]facts.ConnectionPoint{
		{Kind: facts.Known(facts.PointURL), Bindings: facts.Known([]string{"https://autodiscover.contoso.com/Autodiscover/Autodiscover.xml"})}})}
	if o := (&live{}).guided([]facts.Organization{org}); len(o.Earned) != 0 || len(o.Points) != 1 {
		t.Errorf("an export earned %q", o.Earned)
	}
	org.Exported = false
	if o := (&live{}).guided([]facts.Organization{org}); len(o.Earned) != 1 {
		t.Error("a directory earned nothing")
	}
}

func TestMergedCertificatesAreKnownWhereEachViewKnowsAll(t *testing.T) {
	list := func(names ...string) facts.Observed[[]facts.Certificate] {
		var certificates []facts.Certificate
		for _, name := range names {
			certificates = append(certificates, facts.Certificate{Thumbprint: name})
		}
		return facts.Known(certificates)
	}
	partly := list("B", "C")
	partly.Known, partly.Why = false, "EX2 is off"
	for name, test := range map[string]struct {
		a, b  facts.Observed[[]facts.Certificate]
		count int
		known bool
	}{
		"one was not asked": {list("A"), facts.Observed[[]facts.Certificate]{}, 1, true},
		"both saw all":      {list("A", "B"), list("B", "C"), 3, true},
		"one saw a part":    {list("A"), partly, 3, false},
	} {
		for _, got := range []facts.Observed[[]facts.Certificate]{mergeCertificates(test.a, test.b), mergeCertificates(test.b, test.a)} {
			if len(got.Value) != test.count || got.Known != test.known {
				t.Errorf("%s: got %+v", name, got)
			}
		}
	}
}
