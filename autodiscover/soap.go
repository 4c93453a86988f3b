package autodiscover

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"

	"github.com/beevik/etree"

	"exprobe/autodiscover/facts"
)

// What a SOAP request is made of, as the EWS Managed API sends it.
const (
	soapEnvelope   = "http://schemas.xmlsoap.org/soap/envelope/"
	soapNamespace  = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
	soapAddressing = "http://www.w3.org/2005/08/addressing"
	soapAction     = soapNamespace + "/Autodiscover/GetUserSettings"
)

// soapSettings are the settings that are asked for. MapiHttpEnabled is not among
// them: an older server may refuse the whole request because of a name that it does
// not know (believed).
var soapSettings = []string{
	"ExternalMailboxServer",
	"ExternalMailboxServerRequiresSSL",
	"ExternalMailboxServerAuthenticationMethods",
	"InternalServerExclusiveConnect",
	"InternalMailboxServerAuthenticationMethods",
	"InternalRpcHttpServer",
	"InternalRpcHttpConnectivityRequiresSsl",
	"InternalRpcHttpAuthenticationMethod",
	"ExternalServerExclusiveConnect",
	"ExchangeRpcUrl",
	"RedirectUrl",
	"EwsPartnerUrl",
	"CertPrincipalName",
	"GroupingInformation",
}

// maxSettings bounds the settings, and the errors of settings, of one answer.
const maxSettings = 128

func soapHeader() http.Header {
	return http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "Accept": {"text/xml"}, "User-Agent": {userAgent}}
}

// soapBody is the GetUserSettings request for a mailbox.
func soapBody(url, mailbox string) []byte {
	var settings bytes.Buffer
	for _, name := range soapSettings {
		fmt.Fprintf(&settings, "<a:Setting>%s</a:Setting>", name)
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?>
<soap:Envelope xmlns:soap="%s" xmlns:a="%s" xmlns:wsa="%s">
  <soap:Header>
    <a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion>
    <wsa:Action>%s</wsa:Action>
    <wsa:To>%s</wsa:To>
  </soap:Header>
  <soap:Body>
    <a:GetUserSettingsRequestMessage>
      <a:Request>
        <a:Users><a:User><a:Mailbox>%s</a:Mailbox></a:User></a:Users>
        <a:RequestedSettings>%s</a:RequestedSettings>
      </a:Request>
    </a:GetUserSettingsRequestMessage>
  </soap:Body>
</soap:Envelope>
`, soapEnvelope, soapNamespace, soapAddressing, soapAction, escaped(url), escaped(mailbox), settings.Bytes())
}

// ParseUserSettings reads a SOAP GetUserSettings answer, within the limits of
// [Parse]. What an answer for one user says is what the Response says. A setting that
// the server does not know is no error, and a missing ErrorCode is none (the EWS
// Managed API). The absence of CertPrincipalName proves nothing: the server's own
// list of settings lacks it (observed in Exchange 2013 CU23).
func ParseUserSettings(data []byte) (facts.Response, error) {
	p := &parser{}
	root, err := p.tree(data)
	if err != nil {
		return facts.Response{}, err
	}
	if !isNamed(root, "Envelope") {
		return facts.Response{}, refuse("it is not a SOAP answer: its root element is <%s>", clean(root.Tag))
	}
	if strings.Contains(root.NamespaceURI(), "2003/05") {
		p.notes.add("SOAP 1.2")
	}
	result := p.envelope(root)
	if p.err != nil {
		return facts.Response{}, p.err
	}
	result.Tolerances = p.notes
	return result, nil
}

func (p *parser) envelope(root *etree.Element) facts.Response {
	result := facts.Response{Nodes: []facts.Node{}}
	body := p.child(root, "Body")
	if body == nil {
		p.refuse("it is a SOAP envelope without a body")
		return result
	}
	if fault := p.child(body, "Fault"); fault != nil {
		result.Error = p.fault(fault)
		return result
	}
	message := p.child(body, "GetUserSettingsResponseMessage")
	if message == nil {
		other := "nothing"
		if first := body.ChildElements(); len(first) > 0 {
			other = "<" + clean(first[0].Tag) + ">"
		}
		p.refuse("its SOAP body holds %s, and the answer to GetUserSettings is wanted", other)
		return result
	}
	response := p.child(message, "Response")
	if response == nil {
		p.refuse("it has nothing usable: its message holds no Response")
		return result
	}
	result.Error = p.soapError(response)
	if users := p.child(response, "UserResponses"); users != nil {
		if user := p.child(users, "UserResponse"); user != nil {
			p.userResponse(user, &result)
		}
	} else if result.Error == nil {
		p.notes.add("no user response")
	}
	return result
}

// fault is a SOAP fault of version 1.1 or 1.2.
func (p *parser) fault(e *etree.Element) *facts.AutodiscoverError {
	result := &facts.AutodiscoverError{Code: p.value(e, "faultcode").Value, Message: p.value(e, "faultstring").Value}
	if code := p.child(e, "Code"); code != nil {
		result.Code = p.value(code, "Value").Value
	}
	if reason := p.child(e, "Reason"); reason != nil {
		result.Message = p.value(reason, "Text").Value
	}
	if result.Code == "" {
		result.Code = "Fault"
	}
	return result
}

// soapError reads the error of a Response or a UserResponse, or nil.
func (p *parser) soapError(e *etree.Element) *facts.AutodiscoverError {
	code := p.value(e, "ErrorCode")
	switch {
	case code.Value == "":
		p.notes.add("no error code")
		return nil
	case strings.EqualFold(code.Value, "NoError"):
		return nil
	}
	return &facts.AutodiscoverError{Code: code.Value, Message: p.value(e, "ErrorMessage").Value}
}

func (p *parser) userResponse(user *etree.Element, result *facts.Response) {
	failed := p.soapError(user)
	target := p.value(user, "RedirectTarget").Value
	switch {
	case failed != nil && strings.EqualFold(failed.Code, "RedirectAddress"):
		result.Action, result.RedirectAddr = "redirectAddr", target
	case failed != nil && strings.EqualFold(failed.Code, "RedirectUrl"):
		result.Action, result.RedirectURL = "redirectUrl", target
	case failed != nil:
		result.Error = failed
	}
	if list := p.child(user, "UserSettings"); list != nil {
		for _, e := range p.atMost(children(list, "UserSetting")) {
			name := p.value(e, "Name").Value
			if name == "" {
				p.notes.add("setting without a name")
				continue
			}
			result.Settings = append(result.Settings, facts.Setting{Name: name, Value: p.value(e, "Value")})
		}
	}
	if list := p.child(user, "UserSettingErrors"); list != nil {
		for _, e := range p.atMost(children(list, "UserSettingError")) {
			text := p.value(e, "ErrorCode").Value
			if message := p.value(e, "ErrorMessage").Value; message != "" {
				text += ": " + message
			}
			result.Settings = append(result.Settings, facts.Setting{Name: p.value(e, "SettingName").Value, Error: text})
		}
	}
}

// atMost bounds a list.
func (p *parser) atMost(list []*etree.Element) []*etree.Element {
	if len(list) > maxSettings {
		p.refuse("it is too large: more than %d settings", maxSettings)
		return nil
	}
	return list
}
