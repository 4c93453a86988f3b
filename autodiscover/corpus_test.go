package autodiscover

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

// corpusFolder holds answers collected from public sources. It is not part of the
// repository, because the samples are not ours to give away.
const corpusFolder = "../../shared/corpus"

// expectation is what one file of the corpus must give: a refusal that holds this
// text, or a response that passes the check.
type expectation struct {
	refused string
	check   func(t *testing.T, a facts.Answer)
}

func refused(text string) expectation { return expectation{refused: text} }

func gives(checks ...func(t *testing.T, a facts.Answer)) expectation {
	return expectation{check: func(t *testing.T, a facts.Answer) {
		t.Helper()
		for _, check := range checks {
			check(t, a)
		}
	}}
}

// nodeTypes wants these nodes, in this order.
func nodeTypes(want ...string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		var got []string
		for _, n := range a.Response.Value.Nodes {
			got = append(got, n.Type)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("node types (-want +got):\n%s", diff)
		}
	}
}

// node compares the first node of a type with its fields, written "Name=value",
// where a name alone is an absent field.
func node(kind string, fields ...string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		for _, n := range a.Response.Value.Nodes {
			if !n.Is(kind) {
				continue
			}
			have := map[string]facts.Text{"Server": n.Server, "SSL": n.SSL, "AuthPackage": n.AuthPackage, "CertPrincipalName": n.CertPrincipalName,
				"TTL": n.TTL, "ServerExclusiveConnect": n.ServerExclusiveConnect, "ServerVersion": n.ServerVersion}
			for _, field := range fields {
				name, value, present := strings.Cut(field, "=")
				got, known := have[name]
				if want := (facts.Text{Present: present, Value: value}); !known || got != want {
					t.Errorf("%s %s: got %+v, want %+v", kind, name, got, want)
				}
			}
			return
		}
		t.Errorf("no node %s", kind)
	}
}

// urls wants what the nodes of a type publish under an element name.
func urls(kind, element string, want ...string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		var got []string
		for _, n := range a.Response.Value.Nodes {
			for _, u := range n.URLs {
				if n.Is(kind) && u.Element == element {
					got = append(got, u.URL)
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", kind, element, diff)
		}
	}
}

// effective wants the principal name that a client of this node demands.
func effective(kind, want string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		for _, n := range a.Response.Value.Nodes {
			if n.Is(kind) {
				p, _ := facts.EffectivePrincipal(n.CertPrincipalName, n.ServerName(), !n.SSLOff())
				if p.Text != want {
					t.Errorf("%s: effective principal %q, want %q", kind, p.Text, want)
				}
				return
			}
		}
		t.Errorf("no node %s", kind)
	}
}

func action(want string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		if got := a.Response.Value.Action; got != want {
			t.Errorf("action %q, want %q", got, want)
		}
	}
}

// usable says that a document ends a client's search.
func usable(a facts.Answer) bool {
	return a.Response.Known && a.Response.Value.Error == nil && len(a.Response.Value.Nodes) > 0
}

func redirected(address, url string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		if r := a.Response.Value; r.RedirectAddr != address || r.RedirectURL != url || usable(a) {
			t.Errorf("redirect to %q, %q; want %q, %q and no end of the search", r.RedirectAddr, r.RedirectURL, address, url)
		}
	}
}

func failed(code, message, id string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		want := &facts.AutodiscoverError{Code: code, Message: message, ID: id}
		if diff := cmp.Diff(want, a.Response.Value.Error); diff != "" || usable(a) {
			t.Errorf("error (-want +got), and it must not end the search:\n%s", diff)
		}
	}
}

func forgave(want ...string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		if diff := cmp.Diff(want, a.Response.Value.Tolerances); diff != "" {
			t.Errorf("tolerances (-want +got):\n%s", diff)
		}
	}
}

func seen(view facts.View, mailbox string) func(*testing.T, facts.Answer) {
	return func(t *testing.T, a facts.Answer) {
		t.Helper()
		if a.View != view || a.Mailbox != mailbox {
			t.Errorf("view %q of mailbox %q, want %q of %q", a.View, a.Mailbox, view, mailbox)
		}
	}
}

// corpusFiles lists the files of INDEX.tsv, or skips the test where there is none.
func corpusFiles(t *testing.T) []string {
	t.Helper()
	index, err := os.ReadFile(filepath.Join(corpusFolder, "INDEX.tsv"))
	if err != nil {
		t.Skipf("the corpus of collected answers is not here: %v", err)
	}
	var files []string
	for line := range strings.Lines(string(index)) {
		if name, _, _ := strings.Cut(line, "\t"); name != "file" {
			files = append(files, name)
		}
	}
	return files
}

func TestCorpus(t *testing.T) {
	listed := map[string]bool{}
	for _, file := range corpusFiles(t) {
		listed[file] = true
		t.Run(file, func(t *testing.T) {
			want, ok := corpus[file]
			if !ok {
				t.Fatal("INDEX.tsv has this file, and the table here lacks it")
			}
			data, err := os.ReadFile(filepath.Join(corpusFolder, file))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := ReadAnswer(file, data)
			switch {
			case want.refused != "" && (err == nil || !strings.Contains(err.Error(), want.refused)):
				t.Errorf("got %v, want a refusal with %q", err, want.refused)
			case want.refused == "" && err != nil:
				t.Errorf("refused: %v", err)
			case want.refused == "":
				want.check(t, answer)
			}
		})
	}
	for file := range corpus {
		if !listed[file] {
			t.Errorf("INDEX.tsv lacks %s", file)
		}
	}
}

func TestSchemesOfTheCorpus(t *testing.T) {
	corpusFiles(t)
	data, err := os.ReadFile(filepath.Join(corpusFolder, "tmg-autodiscover-401-multi-scheme.headers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(append(data, "\r\n"...))), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	want := []string{"Negotiate", "Kerberos", "NTLM", "Basic"}
	if diff := cmp.Diff(want, schemes(response.Header.Values("WWW-Authenticate"))); diff != "" {
		t.Errorf("schemes (-want +got):\n%s", diff)
	}
}

// soapCorpus is what the SOAP answers of the corpus say: a refusal, or the outcome.
var soapCorpus = map[string]string{
	"ewsjava-soap-alternatemailboxes.xml":             "1 settings; no error code",
	"exchangelib-soap-error-invalidsetting.xml":       "error InvalidSetting",
	"exchangelib-soap-redirectaddress.xml":            "to john@example.com",
	"exchangelib-soap-redirecturl.xml":                "to https://httpbin.org/Autodiscover/Autodiscover.svc",
	"exgateway-soap12-prefixed-rendered.xml":          "settings; SOAP 1.2",
	"ms-docs-soap-connpoints-domain.xml":              "2 settings",
	"ms-docs-soap-redirectaddress.xml":                "to elvin@mail.contoso.com",
	"ms-docs-soap-domainsettings.xml":                 "refused: its SOAP body holds <GetDomainSettingsResponseMessage>",
	"ms-docs-soap-federationinfo.xml":                 "refused: its SOAP body holds <GetFederationInformationResponseMessage>",
	"ms-docs-soap-domainsettings-truncated-start.xml": "so its beginning may be cut off",
	"ms-docs-soap-usersettings-truncated-close.xml":   "unexpected EOF",
	"ms-docs-ews-findfolder-not-autodiscover.xml":     "refused: its SOAP body holds <FindFolderResponse>",
	"ms-docs-pox-redirectaddr.xml":                    "refused: it is not a SOAP answer: its root element is <Autodiscover>",
}

func TestSOAPOfTheCorpus(t *testing.T) {
	corpusFiles(t)
	for file, want := range soapCorpus {
		data, err := os.ReadFile(filepath.Join(corpusFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := told(ParseUserSettings(data)); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}

// told is one line about a document that is not POX.
func told(r facts.Response, err error) string {
	line := ""
	switch {
	case err != nil:
		return "refused: " + err.Error()[strings.Index(err.Error(), ": ")+2:]
	case r.Error != nil:
		line = "error " + r.Error.Code
	case r.Redirected() != "":
		line = "to " + r.Redirected()
	case r.Endpoint != nil:
		line = r.Endpoint.Element + " at " + r.Endpoint.URL
	default:
		line = strconv.Itoa(len(r.Settings)) + " settings"
	}
	return strings.Join(append([]string{line}, r.Tolerances...), "; ")
}

func TestVersionTwoOfTheCorpus(t *testing.T) {
	corpusFiles(t)
	for file, want := range map[string]string{
		"gromox-v2-empty-url-rendered.json":                     "Rest at ",
		"gromox-v2-mandatoryparametermissing-200-rendered.json": "error MandatoryParameterMissing",
		"gromox-v2-missingprotocol-200-rendered.json":           "error MissingProtocol",
		"gromox-v2-protocolnotsupported-200-rendered.json":      "error ProtocolNotSupported",
		"mailcow-v2-activesync-rendered.json":                   "ActiveSync at https://mail.example.com/Microsoft-Server-ActiveSync",
		"mailcow-v2-invalidprotocol-400-rendered.json":          "error InvalidProtocol",
		"shtrum-json-not-v2.json":                               "refused: it is JSON without a Protocol and a Url as strings",
	} {
		data, err := os.ReadFile(filepath.Join(corpusFolder, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := told(ParseEndpoint(data)); got != want {
			t.Errorf("%s: got %q, want %q", file, got, want)
		}
	}
}
