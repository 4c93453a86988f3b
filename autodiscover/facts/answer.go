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

// Steps of the look-up that an answer may come from, in Outlook's order (KB2212902;
// KB3211279 for the last).
const (
	StepConnectionPoint  = "scp"                     // the URL of a service connection point
	StepRootDomain       = "https-root-domain"       // https://<domain>/autodiscover/autodiscover.xml
	StepAutodiscoverHost = "https-autodiscover-host" // https://autodiscover.<domain>/autodiscover/autodiscover.xml
	StepHTTPRedirect     = "http-redirect"           // http://autodiscover.<domain>/autodiscover/autodiscover.xml
	StepSRV              = "srv"                     // _autodiscover._tcp.<domain>
	StepMicrosoft365     = "microsoft-365"           // the endpoint of Exchange Online
	StepFile             = "file"                    // a saved answer
)

// The protocols of a request.
const (
	POX      = "pox"      // POST of plain old XML; the one that can show a principal name
	SOAP     = "soap"     // GetUserSettings at autodiscover.svc
	JSON     = "json"     // GET of autodiscover.json, version 2, without credentials
	Redirect = "redirect" // GET without credentials, only to see where it leads
	DNS      = "dns"      // the question for SRV records
)

// Answer is one Autodiscover request and what came of it. A request that follows a
// redirect is an Answer of its own, with the same Step and the next Hop.
type Answer struct {
	Mailbox string `json:"mailbox,omitempty"` // whose look-up this belongs to; empty for a domain alone and for a file
	Domain  string `json:"domain,omitempty"`  // whose look-up this belongs to, where no mailbox was given

	Step   string `json:"step"`
	Source string `json:"source,omitempty"` // what named the URL: the DN of a connection point, the name of SRV records

	Protocol string `json:"protocol,omitempty"` // POX and its like; empty is POX
	URL      string `json:"url"`                // what was asked, the name of the records, or that of the file; empty where a redirect names an address or a record that cannot be asked
	View     View   `json:"view,omitempty"`     // of POX
	Hop      int    `json:"hop,omitempty"`      // redirects that led here from the step's first request
	From     string `json:"from,omitempty"`     // the URL whose answer sent the client here
	Asked    string `json:"asked,omitempty"`    // the address in the request, where a redirectAddr made it another than Mailbox

	Status   int    `json:"status,omitempty"`   // the HTTP status, 0 where there was no HTTP answer
	Location string `json:"location,omitempty"` // where an HTTP redirect leads, absolute

	Schemes      []string `json:"schemes,omitempty"`      // authentication schemes offered with a 401
	Capabilities []string `json:"capabilities,omitempty"` // X-SOAP-Enabled and its like, that say True
	Leaks        []Header `json:"leaks,omitempty"`        // headers that tell strangers about the inside, values cut short

	// Secured is what the TLS connection showed; never asked over http and in DNS.
	Secured Observed[Secured] `json:"secured,omitzero"`

	// CredentialsSent names the scheme of the credentials that went to this URL.
	CredentialsSent string `json:"credentialsSent,omitempty"`

	// ServerProved says that the server proved by the sign-in itself who it is
	// (Kerberos, RFC 4559 5), beyond its certificate.
	ServerProved bool `json:"serverProved,omitempty"`

	// Skipped says why nothing was asked although a client would ask, as a
	// redirect that exprobe does not follow; then Response is not known.
	Skipped string `json:"skipped,omitempty"`

	Records  Observed[[]ServiceRecord] `json:"records,omitzero"`  // of DNS
	Response Observed[Response]        `json:"response,omitzero"` // of the others; not known where the answer is no document
}

// Secured is the certificate of the server that answered a request. The request
// itself is only sent where it is Verified.
type Secured struct {
	Leaf     Certificate `json:"leaf"`
	Verified bool        `json:"verified"`          // the chain is trusted, valid and bears the host of the URL
	Why      string      `json:"why,omitempty"`     // why not
	Address  string      `json:"address,omitempty"` // "192.0.2.10:443"
}

// Header is one line of an HTTP header.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ServiceRecord is an SRV record (RFC 2782). The lowest priority is asked first.
type ServiceRecord struct {
	Target   string `json:"target"` // without a trailing dot
	Port     int    `json:"port"`
	Priority int    `json:"priority"`
	Weight   int    `json:"weight"`
}

// Offer is what one URL would accept from a client that signs in, learned from the
// 401 that a request without credentials gets.
type Offer struct {
	URL     string             `json:"url"`
	Service string             `json:"service"` // ServiceRPC and its like
	Host    string             `json:"host"`
	Port    int                `json:"port"`
	Schemes Observed[[]string] `json:"schemes,omitzero"`
}

// Response is a parsed Autodiscover document.
type Response struct {
	Action          string             `json:"action,omitempty"` // settings, redirectAddr, redirectUrl; as written
	RedirectAddr    string             `json:"redirectAddr,omitempty"`
	RedirectURL     string             `json:"redirectUrl,omitempty"`
	Error           *AutodiscoverError `json:"error,omitempty"`
	MicrosoftOnline bool               `json:"microsoftOnline,omitempty"`
	Nodes           []Node             `json:"nodes"`
	Settings        []Setting          `json:"settings,omitempty"` // of SOAP
	Endpoint        *NodeURL           `json:"endpoint,omitempty"` // of JSON: the protocol asked for, and its URL
	DeploymentID    string             `json:"deploymentId,omitempty"`
	Tolerances      []string           `json:"tolerances,omitempty"` // what the parser had to forgive
}

// Setting is one user setting of a SOAP answer (GetUserSettings). A server that
// does not know a setting says so in Error and is not at fault.
type Setting struct {
	Name  string `json:"name"`
	Value Text   `json:"value"`
	Error string `json:"error,omitempty"`
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
