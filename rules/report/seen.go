package report

import "time"

// LookUp is the trace of one Autodiscover look-up: all that Outlook could try for a
// mailbox or a domain, in its order.
type LookUp struct {
	Mailbox string `json:"mailbox"` // "" where a domain alone was given
	Domain  string `json:"domain"`
	Wins    string `json:"wins"` // the URL that gives a client its settings today; "" where none was seen to
	Steps   []Step `json:"steps"`
}

// Step is one step of a look-up.
type Step struct {
	Kind     string    `json:"kind"`   // scp, https-root-domain, https-autodiscover-host, http-redirect, srv, microsoft-365, file
	Source   string    `json:"source"` // what named the URL, where it is not made from the domain
	URL      string    `json:"url"`
	Outcome  string    `json:"outcome"` // settings, prompt, next, stop, unknown, skipped
	Why      string    `json:"why"`
	Requests []Request `json:"requests"`
}

// Request is one thing that was asked in a step, and what was answered.
type Request struct {
	Protocol        string   `json:"protocol"` // pox, soap, json, redirect, dns
	View            string   `json:"view"`     // rpc-http or mapi-http for pox
	URL             string   `json:"url"`
	Asked           string   `json:"asked"`           // the address asked for, where a redirect changed it
	Answered        string   `json:"answered"`        // in a phrase
	Certificate     string   `json:"certificate"`     // the common name that was served; "" where none was seen
	Schemes         []string `json:"schemes"`         // what the server would accept
	CredentialsSent string   `json:"credentialsSent"` // the scheme; "" where none were sent
}

// Served is what one address serves in the name of a host: a row of the inventory
// of certificates.
type Served struct {
	Host        string     `json:"host"`
	Port        int        `json:"port"`
	To          string     `json:"to,omitempty"` // to which clients, where the server keeps another chain for some; "" for the first one seen
	Node        string     `json:"node"`         // the server that was asked in the place of the host's own addresses
	Address     string     `json:"address"`
	CommonName  string     `json:"commonName"`
	Issuer      string     `json:"issuer"`
	NotAfter    *time.Time `json:"notAfter"` // null where the certificate could not be read
	Thumbprint  string     `json:"thumbprint"`
	Version     string     `json:"version"`     // of TLS
	PublishedBy []string   `json:"publishedBy"` // services, each once
	Note        string     `json:"note"`        // why it could not be seen, or what is odd
}
