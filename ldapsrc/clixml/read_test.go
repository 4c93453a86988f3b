package clixml_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/clixml"
)

const (
	organization = "CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"
	expr         = "CN=EXPR,CN=Outlook,CN=AutoDiscover,CN=Client Access," + organization
	rpc          = "CN=Rpc (Default Web Site),CN=HTTP,CN=Protocols,CN=EX1,CN=Servers,CN=AG,CN=Administrative Groups," + organization
)

func document(objects ...string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(`<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">` + strings.Join(objects, "") + `</Objs>`)}
}

func object(properties ...string) string {
	return `<Obj RefId="0"><MS>` + strings.Join(properties, "") + `</MS></Obj>`
}

func text(name, value string) string { return `<S N="` + name + `">` + value + `</S>` }

func class(name string) string {
	return `<Obj N="ObjectClass" RefId="9"><LST><S>top</S><S>` + name + `</S></LST></Obj>`
}

func read(t *testing.T, files fstest.MapFS) clixml.Export {
	t.Helper()
	x, err := clixml.Read(files, clixml.Options{Name: "contoso"})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestAPropertyThatIsNotThereIsNotKnown(t *testing.T) {
	x := read(t, fstest.MapFS{"Get-OutlookProvider.xml": document(object(text("Name", "EXPR"), text("DistinguishedName", expr)))})
	p := x.Organization.Provider("EXPR")
	want := "contoso/Get-OutlookProvider.xml says no CertPrincipalName of " + expr + "; export the whole object"
	if p == nil || p.CertPrincipalName.Known || p.CertPrincipalName.Why != want {
		t.Errorf("got %+v", p)
	}
}

func TestAnEmptyTextAndNullAreAbsent(t *testing.T) {
	for _, value := range []string{text("CertPrincipalName", ""), `<Nil N="CertPrincipalName" />`} {
		x := read(t, fstest.MapFS{"Get-OutlookProvider.xml": document(object(text("Name", "EXPR"), value))})
		if p := x.Organization.Provider("EXPR"); p == nil || p.CertPrincipalName != facts.Null() {
			t.Errorf("%s: got %+v", value, p)
		}
	}
}

func TestTheSchemeIsTheSwitchOfOutlookAnywhere(t *testing.T) {
	host := text("ExternalHostname", "mail.contoso.com")
	for _, test := range []struct{ properties, raw, why string }{
		{host + `<B N="ExternalClientsRequireSsl">true</B>`, "https://mail.contoso.com/rpc", ""},
		{host + `<B N="ExternalClientsRequireSsl">false</B>`, "http://mail.contoso.com/rpc", ""},
		{host + text("ExternalClientsRequireSsl", "True"), "https://mail.contoso.com/rpc", ""},
		{host + text("ClientAuthenticationMethod", "Ntlm") + `<Nil N="ExternalClientsRequireSsl" />`, "https://mail.contoso.com/rpc", ""},
		{host + text("ExternalClientAuthenticationMethod", "Ntlm"), "", "ExternalClientsRequireSsl"},
		{`<Nil N="ExternalHostname" /><B N="ExternalClientsRequireSsl">false</B>`, "", ""},
		{`<B N="ExternalClientsRequireSsl">true</B>`, "", "ExternalHostname"},
	} {
		x := read(t, fstest.MapFS{"OutlookAnywhere.xml": document(object(text("DistinguishedName", rpc), test.properties))})
		external := x.Organization.VirtualDirectories.Value[0].External
		if external.Value.Raw.Value != test.raw || external.Known != (test.why == "") || !strings.Contains(external.Why, test.why) {
			t.Errorf("%s: got %+v", test.properties, external)
		}
	}
}

func TestFilesAreKnownByTheirNamesAndOthersByWhatTheyHold(t *testing.T) {
	provider := object(text("Name", "EXPR"), text("CertPrincipalName", "msstd:a"), class("msExchAutoDiscoverConfig"))
	server := object(text("Name", "EX1"), class("msExchExchangeServer"))
	point := object(text("Name", "EX1"), text("AutoDiscoverServiceInternalUri", "https://a/"), class("msExchExchangeServer"))
	for _, name := range []string{"Get-OutlookProvider.xml", "getoutlookprovider.CLIXML", "EX1-OutlookProvider.xml", "everything.xml"} {
		x := read(t, fstest.MapFS{name: document(provider)})
		if x.Organization.Provider("EXPR") == nil {
			t.Errorf("%s: no provider; %s", name, x.Organization.Missing)
		}
	}
	x := read(t, fstest.MapFS{"all.xml": document(provider, server, point, "<S>a line of output</S>"), "notes.txt": document(), "other.xml": document("<S>a</S>")})
	o := x.Organization
	if len(o.Providers.Value) != 1 || len(o.Servers.Value) != 1 || len(o.ConnectionPoints.Value) != 1 {
		t.Errorf("got %+v", o)
	}
	if last := x.Organization.Missing[len(x.Organization.Missing)-1]; last != "contoso/other.xml is no export of a cmdlet that is read here" {
		t.Errorf("the stray file: %s", last)
	}
}

func TestAListThatWasGivenWholeIsItsItems(t *testing.T) {
	x := read(t, fstest.MapFS{"Get-OutlookProvider.xml": document(`<Obj><LST>` + object(text("Name", "EXCH")) + object(text("Name", "EXPR")) + `</LST></Obj>`)})
	if len(x.Organization.Providers.Value) != 2 {
		t.Errorf("got %+v", x.Organization.Providers)
	}
}

func TestACmdletThatListedNothingIsAKnownEmptyList(t *testing.T) {
	x := read(t, fstest.MapFS{"Get-HybridConfiguration.xml": document()})
	if h := x.Organization.Hybrids; !h.Known || len(h.Value) != 0 {
		t.Errorf("got %+v", h)
	}
}

func TestABrokenFileKeepsWhatItHeld(t *testing.T) {
	broken := document(object(text("Name", "EXCH")), object(text("Name", "EXPR")))
	broken.Data = broken.Data[:len(broken.Data)-30]
	x := read(t, fstest.MapFS{"Get-OutlookProvider.xml": broken})
	p := x.Organization.Providers
	if p.Known || len(p.Value) != 1 || !strings.Contains(p.Why, "export Get-OutlookProvider again") {
		t.Errorf("got %+v", p)
	}
}

func TestNotesOfTheScriptMakeAListIncomplete(t *testing.T) {
	x := read(t, fstest.MapFS{
		"Get-OutlookProvider.xml":       document(object(text("Name", "EXPR"))),
		"Get-OutlookProvider.notes.txt": {Data: []byte("The domain controller is gone.\r\n")},
	})
	p := x.Organization.Providers
	if p.Known || len(p.Value) != 1 || p.Why != "Get-OutlookProvider reported errors while it was exported; they stand in contoso/Get-OutlookProvider.notes.txt" {
		t.Errorf("got %+v", p)
	}
}

// hint is an error's next step.
func hint(err error) string {
	var h interface{ Hint() string }
	if !errors.As(err, &h) {
		return ""
	}
	return h.Hint()
}

func TestTwoOrganizationsInOneFolderAreRefused(t *testing.T) {
	other := strings.ReplaceAll(expr, "CN=Contoso", "CN=Fabrikam")
	_, err := clixml.Read(fstest.MapFS{"Get-OutlookProvider.xml": document(object(text("DistinguishedName", expr)), object(text("DistinguishedName", other)))}, clixml.Options{})
	if hint(err) != "give each a folder of its own" {
		t.Errorf("got %v", err)
	}
}

func TestAFolderWithoutExportsIsRefused(t *testing.T) {
	for _, files := range []fstest.MapFS{{}, {"a.txt": document()}, {"a.xml": {Data: []byte("<html/>")}}} {
		_, err := clixml.Read(files, clixml.Options{Name: "contoso"})
		if !strings.Contains(hint(err), "exprobe collect --shell-script") {
			t.Errorf("%v: got %v", files, err)
		}
	}
	if _, err := clixml.Read(os.DirFS("testdata/nowhere"), clixml.Options{}); err == nil {
		t.Error("a folder that is not there was read")
	}
}

// What is taken away must be missed: no fact may go over into one that nobody asked for.
func TestWhatWasNotExportedIsMissed(t *testing.T) {
	folder := os.DirFS("testdata/exchange-se-script")
	for file, unseen := range map[string]func(clixml.Export) string{
		"Get-OrganizationConfig.xml":  func(x clixml.Export) string { return x.Organization.MapiHTTPEnabled.Why },
		"Get-OutlookProvider.xml":     func(x clixml.Export) string { return x.Organization.Providers.Why },
		"Get-OutlookAnywhere.xml":     func(x clixml.Export) string { return x.Organization.VirtualDirectories.Why },
		"Get-ExchangeServer.xml":      func(x clixml.Export) string { return x.Organization.Servers.Why },
		"Get-ClientAccessService.xml": func(x clixml.Export) string { return x.Organization.ConnectionPoints.Why },
		"Get-SendConnector.xml":       func(x clixml.Export) string { return x.Organization.SendConnectors.Why },
		"Get-ReceiveConnector.xml":    func(x clixml.Export) string { return x.Organization.ReceiveConnectors.Why },
		"Get-HybridConfiguration.xml": func(x clixml.Export) string { return x.Organization.Hybrids.Why },
		"Get-AcceptedDomain.xml":      func(x clixml.Export) string { return x.Organization.AcceptedDomains.Why },
		"Get-ExchangeCertificate.xml": func(x clixml.Export) string { return x.Certificates.Why },
		"Get-OwaVirtualDirectory.xml": func(x clixml.Export) string { return x.Organization.Missing[0] },
	} {
		files := fstest.MapFS{}
		names, err := os.ReadDir("testdata/exchange-se-script")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if name.Name() == file {
				continue
			}
			data, err := os.ReadFile("testdata/exchange-se-script/" + name.Name())
			if err != nil {
				t.Fatal(err)
			}
			files[name.Name()] = &fstest.MapFile{Data: data}
		}
		cmdlet := strings.TrimSuffix(file, ".xml")
		x := read(t, files)
		if why := unseen(x); !strings.Contains(why, cmdlet) || !strings.Contains(why, "not exported") {
			t.Errorf("without %s: %q", file, why)
		}
		if !slices.ContainsFunc(x.Organization.Missing, func(text string) bool { return strings.Contains(text, cmdlet) }) {
			t.Errorf("without %s nothing is said: %q", file, x.Organization.Missing)
		}
		if whole, err := clixml.Read(folder, clixml.Options{Name: "contoso"}); err != nil || whole.Organization.DN != x.Organization.DN {
			t.Errorf("without %s the organization is %q (%v)", file, x.Organization.DN, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"Get-OutlookAnywhere", "Get-ExchangeServer", "Get-HybridConfiguration", "Get-AcceptedDomain", "Get-OutlookProvider"} {
		data, err := os.ReadFile("testdata/exchange-se-script/" + name + ".xml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		if strings.ContainsAny(name, "/\\\x00") {
			return
		}
		x, err := clixml.Read(fstest.MapFS{name + ".xml": {Data: data}}, clixml.Options{Name: "contoso"})
		if err != nil {
			return
		}
		for _, v := range x.Organization.VirtualDirectories.Value {
			if v.External.Value.SSL && !strings.HasPrefix(strings.ToLower(v.External.Value.Raw.Value), "https:") {
				t.Errorf("SSL without https: %+v", v.External)
			}
		}
	})
}
