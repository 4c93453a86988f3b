package autodiscover

import (
	"encoding/xml"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

// soapSample is a GetUserSettings answer for one user; rest stands inside the
// UserResponse.
func soapSample(code, target, rest string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>` +
		`<GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Response>` +
		`<ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses><UserResponse><ErrorCode>` + code + `</ErrorCode><ErrorMessage>a message</ErrorMessage>` +
		`<RedirectTarget>` + target + `</RedirectTarget>` + rest + `</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>`
}

func TestParseUserSettings(t *testing.T) {
	got, err := ParseUserSettings([]byte(soapSample("NoError", "", `
		<UserSettingErrors><UserSettingError><ErrorCode>InvalidSetting</ErrorCode><ErrorMessage>unknown</ErrorMessage><SettingName>CertPrincipalName</SettingName></UserSettingError></UserSettingErrors>
		<UserSettings>
			<UserSetting i:type="StringSetting"><Name>ExternalMailboxServer</Name><Value> mail.contoso.test </Value></UserSetting>
			<UserSetting i:type="StringSetting"><Name>ExternalMailboxServerRequiresSSL</Name><Value/></UserSetting>
			<UserSetting><Value>without a name</Value></UserSetting>
		</UserSettings>`)))
	want := facts.Response{Nodes: []facts.Node{}, Settings: []facts.Setting{
		{Name: "ExternalMailboxServer", Value: facts.Present("mail.contoso.test")},
		{Name: "ExternalMailboxServerRequiresSSL", Value: facts.Present("")},
		{Name: "CertPrincipalName", Error: "InvalidSetting: unknown"},
	}, Tolerances: []string{"blanks around a value", "setting without a name"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got, %v):\n%s", err, diff)
	}
	many := strings.Repeat("<UserSetting><Name>A</Name></UserSetting>", maxSettings+1)
	for in, want := range map[string]string{
		soapSample("RedirectAddress", "ada@fabrikam.test", ""):                                  "to ada@fabrikam.test",
		soapSample("RedirectUrl", "https://b.test/autodiscover/autodiscover.svc", ""):           "to https://b.test/autodiscover/autodiscover.svc",
		soapSample("RedirectAddress", "", ""):                                                   "0 settings",
		soapSample("InvalidUser", "", ""):                                                       "error InvalidUser",
		soapSample("", "", ""):                                                                  "0 settings; no error code",
		strings.Replace(soapSample("NoError", "", ""), "<s:Body>", `<s:Body q:type="x">`, 1):    "0 settings; undeclared prefix",
		soapSample("NoError", "", "<UserSettings>"+many+"</UserSettings>"):                      "refused: it is too large: more than 128 settings",
		"<Envelope><Body><Fault><faultcode>a:x</faultcode></Fault></Body></Envelope>":           "error a:x",
		"<Envelope><Body><Fault><Code><Value>s:Sender</Value></Code></Fault></Body></Envelope>": "error s:Sender",
		"<Envelope><Body><Fault/></Body></Envelope>":                                            "error Fault",
		"<Envelope/>":                  "refused: it is a SOAP envelope without a body",
		"<Envelope><Body/></Envelope>": "refused: its SOAP body holds nothing, and the answer to GetUserSettings is wanted",
		"<Envelope><Body><GetUserSettingsResponseMessage/></Body></Envelope>":                                            "refused: it has nothing usable: its message holds no Response",
		"<Envelope><Body><GetUserSettingsResponseMessage><Response/></GetUserSettingsResponseMessage></Body></Envelope>": "0 settings; no error code; no user response",
		`<!DOCTYPE x><Envelope/>`: "refused: it has a document type declaration (DTD), which is not allowed",
	} {
		if got := told(ParseUserSettings([]byte(in))); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", in[:min(len(in), 300)], got, want)
		}
	}
}

func TestSOAPRequestIsWellFormedForEveryMailbox(t *testing.T) {
	body := soapBody("https://a.test/?x=1&y=2", "o'brien&<co>@contoso.test")
	var envelope struct {
		Action  string   `xml:"Header>Action"`
		Mailbox string   `xml:"Body>GetUserSettingsRequestMessage>Request>Users>User>Mailbox"`
		Setting []string `xml:"Body>GetUserSettingsRequestMessage>Request>RequestedSettings>Setting"`
	}
	if err := xml.Unmarshal(body, &envelope); err != nil {
		t.Fatal(err)
	}
	if envelope.Mailbox != "o'brien&<co>@contoso.test" || envelope.Action != soapAction || fmt.Sprint(envelope.Setting) != fmt.Sprint(soapSettings) {
		t.Errorf("%+v", envelope)
	}
}

func TestParseEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		`{"Protocol":"Autodiscoverv1","Url":"https://a.test/","ServerLocation":"x"}`: "Autodiscoverv1 at https://a.test/",
		"\xEF\xBB\xBF {\"protocol\":\"Ews\",\"url\":\"\"}":                           "Ews at ; byte order mark",
		`{"ErrorCode":"InvalidProtocol","ErrorMessage":"no"}`:                        "error InvalidProtocol",
		`{"Protocol":7,"Url":"https://a.test/"}`:                                     "refused: it is JSON without a Protocol and a Url as strings",
		`{}`:                                                                         "refused: it is JSON without a Protocol and a Url as strings",
		`[]`:                                                                         `refused: it is no JSON of this kind; it begins with "[]"`,
		`<html>`:                                                                     `refused: it is no JSON of this kind; it begins with "<html>"`,
		" ":                                                                          "refused: it is empty",
		"{\"Protocol\":\"\xff\"}":                                                    "refused: it is not valid Unicode",
		`{"Url":"` + strings.Repeat("a", maxJSON): "refused: it is too large: more than 65536 bytes",
	} {
		if got := told(ParseEndpoint([]byte(in))); got != want {
			t.Errorf("%.80s: got %q, want %q", in, got, want)
		}
	}
}
