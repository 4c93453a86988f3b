package autodiscover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// soapAnswers are the answers of the SOAP Autodiscover service (Microsoft's
// Autodiscover SOAP reference).
var soapAnswers = []string{
	"GetUserSettingsResponseMessage",
	"GetDomainSettingsResponseMessage",
	"GetFederationInformationResponseMessage",
}

// describeRoot says what a document with another root is.
func describeRoot(root *etree.Element) string {
	switch {
	case isNamed(root, "Envelope"):
		return describeSOAP(root)
	case isNamed(root, "html"):
		return "it is an HTML page, perhaps a sign-in form or an error of a proxy"
	case slices.ContainsFunc([]string{"Protocol", "Account", "Response"}, func(name string) bool { return isNamed(root, name) }):
		return fmt.Sprintf("it is a bare %s fragment: the whole answer is needed, from <Autodiscover> on", clean(root.Tag))
	}
	return fmt.Sprintf("it is not an Autodiscover answer: its root element is <%s>", clean(root.Tag))
}

func describeSOAP(envelope *etree.Element) string {
	for _, body := range children(envelope, "Body") {
		for _, message := range body.ChildElements() {
			switch {
			case slices.ContainsFunc(soapAnswers, func(name string) bool { return isNamed(message, name) }):
				return fmt.Sprintf("it is a SOAP Autodiscover answer (%s), and the POX answer is needed", clean(message.Tag))
			case isNamed(message, "Fault"):
				return "it is a SOAP fault"
			}
			return fmt.Sprintf("it is not an Autodiscover answer but one of Exchange Web Services or another SOAP service (%s)", clean(message.Tag))
		}
	}
	return "it is a SOAP envelope without a message"
}

// isMobileSync knows an ActiveSync answer by its schema, or by its Action that
// holds elements (MS-ASCMD).
func isMobileSync(response *etree.Element) bool {
	if strings.Contains(response.NamespaceURI(), "/mobilesync/") {
		return true
	}
	return slices.ContainsFunc(children(response, "Action"), func(action *etree.Element) bool {
		return len(action.ChildElements()) > 0
	})
}

// describeMobileSync tells what else an ActiveSync answer says: an error or the
// server's URL.
func describeMobileSync(response *etree.Element) string {
	first := func(path ...string) string {
		e := response
		for _, name := range path {
			found := children(e, name)
			if len(found) == 0 {
				return ""
			}
			e = found[0]
		}
		return clean(trim(e.Text()))
	}
	if status := first("Action", "Error", "Status"); status != "" {
		return fmt.Sprintf("; it reports error status %s, %q", status, first("Action", "Error", "Message"))
	}
	if url := first("Action", "Settings", "Server", "Url"); url != "" {
		return "; it names " + url
	}
	return ""
}
