package autodiscover

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

var update = flag.Bool("update", false, "rewrite golden files")

// golden is what a file of testdata gives: a response, or the reason of a refusal.
type golden struct {
	Answer  *facts.Answer `json:"answer,omitempty"`
	Refused string        `json:"refused,omitempty"`
}

func TestReadAnswerGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var got golden
			answer, err := ReadAnswer(filepath.Base(file), data)
			if err != nil {
				got.Refused = err.Error()
			} else {
				got.Answer = &answer
			}
			var text bytes.Buffer
			encoder := json.NewEncoder(&text)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(got); err != nil {
				t.Fatal(err)
			}
			want := strings.TrimSuffix(file, ".xml") + ".json"
			if *update {
				if err := os.WriteFile(want, text.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			stored, err := os.ReadFile(want)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(stored), text.String()); diff != "" {
				t.Errorf("(-golden +got):\n%s", diff)
			}
		})
	}
}

// sample is a settings answer around the children of one Protocol.
func sample(protocol string) string {
	return `<Autodiscover xmlns="` + schemaAnswer + `"><Response xmlns="` + schemaSettings + `"><Account><Action>settings</Action><Protocol>` +
		protocol + `</Protocol></Account></Response></Autodiscover>`
}

func TestCertPrincipalNameKeepsItsBlanks(t *testing.T) {
	for _, test := range []struct {
		name, xml string
		want      facts.Text
	}{
		{"absent", `<Type>EXPR</Type>`, facts.Text{}},
		{"empty element", `<CertPrincipalName/>`, facts.Present("")},
		{"empty pair", `<CertPrincipalName></CertPrincipalName>`, facts.Present("")},
		{"blanks around it", `<CertPrincipalName> msstd:a.test  </CertPrincipalName>`, facts.Present(" msstd:a.test  ")},
		{"only a blank", `<CertPrincipalName> </CertPrincipalName>`, facts.Present(" ")},
		{"a tab", "<CertPrincipalName>msstd:a.test\t</CertPrincipalName>", facts.Present("msstd:a.test\t")},
		{"laid out on lines", "<CertPrincipalName>\r\n\t  msstd:a.test\r\n\t</CertPrincipalName>", facts.Present("msstd:a.test")},
		{"a no-break space", "<CertPrincipalName>msstd:a.test\u00a0</CertPrincipalName>", facts.Present("msstd:a.test\u00a0")},
		{"a comment inside", `<CertPrincipalName>msstd:<!-- x -->a.test</CertPrincipalName>`, facts.Present("msstd:a.test")},
		{"a reference", `<CertPrincipalName>msstd:a&amp;b</CertPrincipalName>`, facts.Present("msstd:a&b")},
		{"only deeper", `<Internal><CertPrincipalName>msstd:a.test</CertPrincipalName></Internal>`, facts.Text{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Parse([]byte(sample(test.xml)))
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Nodes[0].CertPrincipalName; got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func utf16Bytes(text string, big, mark bool) []byte {
	var out []byte
	if mark {
		text = "\uFEFF" + text
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(unit>>8), byte(unit))
		} else {
			out = append(out, byte(unit), byte(unit>>8))
		}
	}
	return out
}

// TestTolerances checks that what is forgiven is read all the same, and recorded.
func TestTolerances(t *testing.T) {
	plain := sample("<Type>EXPR</Type><Server>münchen.test</Server>")
	latin := strings.ReplaceAll(plain, "ü", "\xfc")
	for _, test := range []struct {
		name string
		data []byte
		want []string
	}{
		{"nothing to forgive", []byte(plain), nil},
		{"byte order mark", []byte("\uFEFF" + plain), []string{"byte order mark"}},
		{"UTF-16, little end first", utf16Bytes(`<?xml version="1.0" encoding="utf-16"?>`+plain, false, true), []string{"utf-16", "unexpected charset utf-16"}},
		{"UTF-16, big end first", utf16Bytes(plain, true, true), []string{"utf-16"}},
		{"UTF-16 without a mark", utf16Bytes(plain, false, false), []string{"utf-16"}},
		{"UTF-16 in name only", []byte(`<?xml version="1.0" encoding="utf-16"?>` + plain), []string{"unexpected charset utf-16"}},
		{"ISO 8859-1", []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>` + latin), []string{"unexpected charset iso-8859-1"}},
		{"Windows code page", []byte(`<?xml version="1.0" encoding="windows-1252"?>` + latin), []string{"unexpected charset windows-1252"}},
		{"utf8 without its dash", []byte(`<?xml version="1.0" encoding="UTF8"?>` + plain), []string{"unexpected charset utf8"}},
		{"blanks before the declaration", []byte("\r\n<?xml version='1.0' encoding='UTF-8' ?>" + plain), []string{"text or blanks before the declaration"}},
		{"text before the declaration", []byte("ok\n<?xml version='1.0'?>" + plain), []string{"text or blanks before the declaration", "text before the root element"}},
		{"text after the root", []byte(plain + "bye"), []string{"text after the root element"}},
		{"no namespace", []byte(strings.NewReplacer(` xmlns="`+schemaAnswer+`"`, "", ` xmlns="`+schemaSettings+`"`, "").Replace(plain)), []string{"no namespace"}},
		{"https namespace", []byte(strings.ReplaceAll(plain, "http:", "https:")), []string{"https namespace"}},
		{"wrong namespace", []byte(strings.ReplaceAll(plain, "2006", "1999")), []string{"wrong namespace"}},
		{"blanks around a value", []byte(strings.ReplaceAll(plain, "münchen.test", "münchen.test\r\n ")), []string{"blanks around a value"}},
		{"a type twice", []byte(strings.ReplaceAll(plain, "<Protocol>", `<Protocol Type="EXCH">`)), []string{"protocol with two types"}},
		{"no action", []byte(strings.ReplaceAll(plain, "<Action>settings</Action>", "")), []string{"no action"}},
		{"NoError", []byte(strings.ReplaceAll(plain, "<Account>", "<Error><ErrorCode>noerror</ErrorCode></Error><Account>")), []string{"error with the code NoError"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Parse(test.data)
			if err != nil {
				t.Fatal(err)
			}
			if r.Error != nil || len(r.Nodes) != 1 || !r.Nodes[0].Is("EXPR") || r.Nodes[0].Server.Value != "xn--mnchen-3ya.test" {
				t.Errorf("the node was not read: %+v", r)
			}
			if diff := cmp.Diff(test.want, r.Tolerances); diff != "" {
				t.Errorf("tolerances (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	nested := func(depth int) string { return strings.Repeat("<a>", depth) + strings.Repeat("</a>", depth) }
	soap := func(message string) string {
		return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>` + message + `</s:Body></s:Envelope>`
	}
	plain := sample("<Type>EXPR</Type>")
	for _, test := range []struct{ name, data, want string }{
		{"nothing", " \r\n", "it is empty"},
		{"garbage", "not xml at all <", `it is not XML; it begins with "not xml at all <"`},
		{"garbage that could move a cursor", "\x1b[2Jhello\u202e", `it is not XML; it begins with "?[2Jhello?"`},
		{"many brackets", strings.Repeat("<", 1000), "it is not XML"},
		{"gzip", "\x1f\x8b\x08\x00", "compressed with gzip"},
		{"v2 answer", `{"Protocol":"Ews","Url":"https://mail.contoso.com/EWS/Exchange.asmx"}`, "Autodiscover v2 (JSON) answer, which carries no Outlook Anywhere settings: protocol Ews is at https://mail.contoso.com/EWS/Exchange.asmx"},
		{"v2 answer without a URL", `{"Protocol":"Rest","Url":""}`, "protocol Rest is known and not offered"},
		{"v2 error", `{"ErrorCode":"InvalidProtocol","ErrorMessage":"no"}`, "Autodiscover v2 (JSON) error, InvalidProtocol"},
		{"other JSON", `{"Protocol":{}}`, "it is JSON, and not an Autodiscover v2 answer"},
		{"broken JSON", `{"Protocol":`, "it looks like JSON"},
		{"HTML", "<!-- hi -->\n<!DOCTYPE html><html><title>Sign in</title>", "it is an HTML page"},
		{"HTML without a doctype", "<HTML><BODY><br></BODY></HTML>", "it is an HTML page"},
		{"XHTML", `<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x"><html/>`, "it is an HTML page"},
		{"prefixed HTML", `<h:html xmlns:h="http://www.w3.org/1999/xhtml"/>`, "it is an HTML page"},
		{"document type declaration", `<!DOCTYPE Autodiscover SYSTEM "http://evil.test/x">` + plain, "document type declaration (DTD)"},
		{"entities", "<?xml version=\"1.0\"?>\n<!DOCTYPE Autodiscover [<!ENTITY x \"y\">]><Autodiscover>&x;</Autodiscover>", "document type declaration (DTD)"},
		{"directive inside", `<Autodiscover><!ELEMENT x></Autodiscover>`, "document type declaration (DTD)"},
		{"undefined entity", "<Autodiscover>\n &nbsp;</Autodiscover>", "line 2, column 8: invalid character entity &nbsp;"},
		{"never closed", "<Autodiscover>\n<Response>\n</Response>\n", "line 4, column 1: the element <Autodiscover> is never closed"},
		{"closed by another", "<Autodiscover>\n <Response></Account>", "line 2, column 22: the element <Response> is closed by </Account>"},
		{"closed under another prefix", `<a:Autodiscover></b:Autodiscover>`, "the element <a:Autodiscover> is closed by </b:Autodiscover>"},
		{"beginning cut off", "//x\"><s:Body></s:Body></s:Envelope>", "the end tag </s:Envelope> has no start tag; it begins with text, so its beginning may be cut off"},
		{"end cut off", "<Autodiscover></Autodiscover", "line 1, column 29: unexpected EOF"},
		{"unquoted attribute", "<Autodiscover\nxmlns=http://x></Autodiscover>", "line 2, column 8: unquoted or missing attribute value"},
		{"two roots", plain + plain, "more than one root element"},
		{"bytes that are not UTF-8", "<Autodiscover>\xff</Autodiscover>", "invalid UTF-8"},
		{"control character", "<Autodiscover>&#1;</Autodiscover>", "illegal character code U+0001"},
		{"XML 1.1", `<?xml version="1.1"?><Autodiscover/>`, `unsupported version "1.1"`},
		{"unknown charset", `<?xml version="1.0" encoding="klingon"?><Autodiscover/>`, `unsupported charset: "klingon"`},
		{"charset declared twice", `<?xml version="1.0" encoding="iso-8859-1"?><?xml version="1.0" encoding="iso-8859-1"?><Autodiscover/>`, "a second declaration of a charset"},
		{"too large", strings.Repeat(" ", maxDocument) + plain, "more than 1048576 bytes"},
		{"too deep", nested(maxDepth + 1), "too deep: more than 32 elements"},
		{"too many elements", "<Autodiscover>" + strings.Repeat("<a/>", maxElements) + "</Autodiscover>", "more than 8192 elements"},
		{"too many attributes", "<Autodiscover" + strings.Repeat(` a="b"`, maxAttributes+1) + "/>", "more than 16 attributes"},
		{"too long a name", "<" + strings.Repeat("a", maxName+1) + "/>", "element name of more than 128 bytes"},
		{"too long a value", sample("<Server>" + strings.Repeat("a", maxValue+1) + "</Server>"), "Server has more than 4096 bytes"},
		{"too long an attribute", strings.ReplaceAll(plain, "<Protocol>", `<Protocol Type="`+strings.Repeat("a", maxValue+1)+`">`), "Type has more than 4096 bytes"},
		{"too many nodes", strings.ReplaceAll(plain, "</Account>", strings.Repeat("<Protocol/>", maxNodes)+"</Account>"), "more than 64 Protocol elements"},
		{"SOAP answer", soap(`<GetUserSettingsResponseMessage xmlns="x"/>`), "SOAP Autodiscover answer (GetUserSettingsResponseMessage)"},
		{"SOAP fault", soap(`<s:Fault/>`), "it is a SOAP fault"},
		{"empty envelope", soap(``), "SOAP envelope without a message"},
		{"EWS answer", soap(`<m:FindFolderResponse xmlns:m="x"/>`), "Exchange Web Services or another SOAP service (FindFolderResponse)"},
		{"fragment", "<Protocol><Type>EXPR</Type></Protocol>", "a bare Protocol fragment"},
		{"another root", "<rss/>", "its root element is <rss>"},
		{"no response", "<Autodiscover><Bogus/></Autodiscover>", "its root holds no Response"},
		{"no usable child", "<Autodiscover><Response><test/></Response></Autodiscover>", "neither an Account nor an Error"},
		{"NoError alone", "<Autodiscover><Response><Error><ErrorCode>NoError</ErrorCode></Error></Response></Autodiscover>", "neither an Account nor an Error"},
		{"ActiveSync error", "<Autodiscover><Response><Action><Error><Status>2</Status><Message>no\u202e</Message></Error></Action></Response></Autodiscover>", `ActiveSync (mobilesync) answer: it carries no Outlook Anywhere settings; it reports error status 2, "no?"`},
		{"ActiveSync redirect", "<Autodiscover><Response><Action><Redirect>a@b.test</Redirect></Action></Response></Autodiscover>", "ActiveSync (mobilesync) answer: it carries no Outlook Anywhere settings"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Parse([]byte(test.data))
			if err == nil {
				t.Fatalf("accepted: %+v", r)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if diff := cmp.Diff(facts.Response{}, r); diff != "" {
				t.Errorf("a refused document gave facts: %s", diff)
			}
			answer, _ := ReadAnswer("saved.xml", []byte(test.data))
			if answer.Response.Known || answer.Response.Why != err.Error() || answer.Step != facts.StepFile || answer.URL != "saved.xml" {
				t.Errorf("the answer does not carry the reason: %+v", answer)
			}
		})
	}
}

func TestLimitsAreNotTooTight(t *testing.T) {
	owa := strings.Repeat("<OWAUrl>https://cas.contoso.com/owa</OWAUrl>", 4000)
	r, err := Parse([]byte(sample("<Type>WEB</Type><Internal>" + owa + "</Internal>")))
	if err != nil || len(r.Nodes[0].URLs) != 4000 {
		t.Errorf("an organization of 4000 servers: %v", err)
	}
}

func TestViewIsInferredFromNodes(t *testing.T) {
	for _, test := range []struct {
		types []string
		want  facts.View
	}{
		{nil, facts.ViewUnknown},
		{[]string{"IMAP", "WEB"}, facts.ViewUnknown},
		{[]string{"exch"}, facts.ViewRPC},
		{[]string{"WEB", "EXPR"}, facts.ViewRPC},
		{[]string{"EXHTTP"}, facts.ViewRPC},
		{[]string{"mapiHttp", "WEB"}, facts.ViewMapi},
		{[]string{"EXHTTP", "mapiHttp"}, facts.ViewMapi}, // its EXHTTP lacks the principal name for that reason alone
		{[]string{"EXHTTP", "mapiHttp", "EXCH", "EXPR"}, facts.ViewRPC},
	} {
		var nodes []facts.Node
		for _, kind := range test.types {
			nodes = append(nodes, facts.Node{Type: kind})
		}
		if got := viewOf(nodes); got != test.want {
			t.Errorf("%v: got view %q, want %q", test.types, got, test.want)
		}
	}
}

func TestParseDoesNotChangeItsInput(t *testing.T) {
	data := utf16Bytes(sample("<Type>EXPR</Type>"), true, true)
	before := slices.Clone(data)
	if _, err := Parse(data); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, data) {
		t.Error("the input was changed")
	}
}

func TestInternationalServerNamesAreAsDNSHasThem(t *testing.T) {
	got, err := Parse([]byte(`<Autodiscover><Response><Account><Action>settings</Action><Protocol><Type>EXPR</Type><Server>bücher.test</Server></Protocol></Account></Response></Autodiscover>`))
	if err != nil {
		t.Fatal(err)
	}
	if server := got.Nodes[0].Server.Value; server != "xn--bcher-kva.test" {
		t.Errorf("the server is %q", server)
	}
}
