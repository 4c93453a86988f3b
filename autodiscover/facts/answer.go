package facts

import "strings"

// View is which half of the truth an Autodiscover request can show. With the
// MAPI/HTTP capability header a server leaves EXCH and EXPR out; without it there
// is no mapiHttp node (MS-OXDSCLI 2.2.4.1.1.2.6). One request never shows everything.
type View string

// The views.
const (
	ViewRPC     View = "rpc-http"  // the request that can show a certificate principal name
	ViewMapi    View = "mapi-http" // the request that can show the MAPI/HTTP node
	ViewUnknown View = ""          // a saved answer: nobody knows what was asked
)

// Steps of the look-up that an answer may come from.
const (
	StepAutodiscoverHost = "https-autodiscover-host" // https://autodiscover.<domain>/autodiscover/autodiscover.xml
	StepRootDomain       = "https-root-domain"       // https://<domain>/autodiscover/autodiscover.xml
	StepFile             = "file"                    // a saved answer
)

// Answer is one Autodiscover request and what came of it.
type Answer struct {
	Mailbox string   `json:"mailbox,omitempty"` // whose; empty for a saved answer that does not say
	Step    string   `json:"step"`
	URL     string   `json:"url"` // what was asked, or the name of the file
	View    View     `json:"view,omitempty"`
	Status  int      `json:"status,omitempty"`  // the HTTP status, 0 where there was no HTTP answer
	Schemes []string `json:"schemes,omitempty"` // authentication schemes offered with a 401

	// CredentialsSent names the scheme of the credentials that went to this URL.
	CredentialsSent string `json:"credentialsSent,omitempty"`

	Response Observed[Response] `json:"response,omitzero"`
}

// Response is a parsed Autodiscover document.
type Response struct {
	Action          string             `json:"action,omitempty"` // settings, redirectAddr, redirectUrl; as written
	RedirectAddr    string             `json:"redirectAddr,omitempty"`
	RedirectURL     string             `json:"redirectUrl,omitempty"`
	Error           *AutodiscoverError `json:"error,omitempty"`
	MicrosoftOnline bool               `json:"microsoftOnline,omitempty"`
	Nodes           []Node             `json:"nodes"`
	Tolerances      []string           `json:"tolerances,omitempty"` // what the parser had to forgive
}

// Redirected says where the document sends the client instead of giving settings,
// or "".
func (r Response) Redirected() string {
	if r.RedirectAddr != "" {
		return r.RedirectAddr
	}
	return r.RedirectURL
}

// AutodiscoverError is an error document (MS-OXDSCLI 2.2.4.1.1.2.1). Exchange
// sends it with HTTP status 200; the code says what happened, the text varies.
type AutodiscoverError struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
	ID      string `json:"id,omitempty"`
}

// The protocol types that carry Outlook Anywhere or its providers' values.
const (
	NodeEXPR   = "EXPR"
	NodeEXCH   = "EXCH"
	NodeEXHTTP = "EXHTTP"
	NodeMapi   = "mapiHttp"
	NodeWEB    = "WEB"
)

// Node is a Protocol element that is a direct child of Account. A deeper one, as
// inside WEB, is something else and is never a Node.
type Node struct {
	Type                   string    `json:"type"`
	Server                 Text      `json:"server"`
	SSL                    Text      `json:"ssl"`
	AuthPackage            Text      `json:"authPackage"`
	CertPrincipalName      Text      `json:"certPrincipalName"`
	TTL                    Text      `json:"ttl"`
	ServerExclusiveConnect Text      `json:"serverExclusiveConnect"`
	ServerVersion          Text      `json:"serverVersion"`
	URLs                   []NodeURL `json:"urls,omitempty"`
}

// NodeURL is a URL that a node publishes, with the path of its element, e.g.
// "EwsUrl" or "MailStore/ExternalUrl".
type NodeURL struct {
	Element string `json:"element"`
	URL     string `json:"url"`
}

// Is says whether the node has this type; types are compared without regard to case.
func (n Node) Is(kind string) bool { return strings.EqualFold(n.Type, kind) }

// SSLOff says whether the node switches SSL off. Absent means on, and so does any
// other text (ssl-pox in Microsoft's POX element reference).
func (n Node) SSLOff() bool {
	return n.SSL.Present && strings.EqualFold(strings.TrimSpace(n.SSL.Value), "off")
}

// ServerName is the host name of the node's Server element, or "" where it holds
// none. Since Exchange 2013 an EXCH node's Server is a mailbox GUID at a domain,
// which is not a host name.
func (n Node) ServerName() string {
	name := strings.TrimSpace(n.Server.Value)
	if strings.ContainsAny(name, "@/ \t\r\n") {
		return ""
	}
	return name
}
