package autodiscover

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"

	"exprobe/autodiscover/facts"
)

// The schemas of the request and of the answer that is wanted (pox-autodiscover-request
// in Microsoft's POX element reference).
const (
	requestSchema  = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"
	responseSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
)

const userAgent = "exprobe"

// The paths of the three services of a host.
const (
	pathPOX  = "/autodiscover/autodiscover.xml"
	pathSOAP = "/autodiscover/autodiscover.svc"
	pathJSON = "/autodiscover/autodiscover.json"
)

// at is a service of a host; host may have a port.
func at(host, path string) *url.URL { return &url.URL{Scheme: "https", Host: host, Path: path} }

// requestBody is the POX request for a mailbox.
func requestBody(mailbox string) []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="%s">
  <Request>
    <EMailAddress>%s</EMailAddress>
    <AcceptableResponseSchema>%s</AcceptableResponseSchema>
  </Request>
</Autodiscover>
`, requestSchema, escaped(mailbox), responseSchema)
}

// escaped is a text that can stand in XML.
func escaped(text string) []byte {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // a bytes.Buffer never fails
	return b.Bytes()
}

// requestHeader is the header of the request for one view. outlook.com wants this
// very content type (Thunderbird bug 1454325). Negotiate and ExHttpInfo make the
// server show that authentication and the EXHTTP nodes (authpackage-pox, type-pox).
// The capability takes EXCH and EXPR out of the answer and puts the mapiHttp node
// in (MS-OXDSCLI 2.2.4.1.1.2.6).
func requestHeader(mailbox string, view facts.View) http.Header {
	// Set as written, because HTTP's canonical spelling would change their case.
	h := http.Header{
		"Content-Type":      {"text/xml; charset=utf-8"},
		"User-Agent":        {userAgent},
		"X-ClientCanHandle": {"Negotiate, ExHttpInfo"},
	}
	if view == facts.ViewMapi {
		h["X-MapiHttpCapability"] = []string{"1"}
		h["X-AnchorMailbox"] = []string{mailbox}
	}
	return h
}

// jsonURL is the question of version 2 for a mailbox: which side of a hybrid it is on.
func jsonURL(host, mailbox string) *url.URL {
	u := at(host, pathJSON)
	u.RawQuery = url.Values{"Email": {mailbox}, "Protocol": {"AutodiscoverV1"}}.Encode()
	return u
}
