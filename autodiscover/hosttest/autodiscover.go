package hosttest

import (
	"io"
	"net/http"
	"strings"
)

// Path is where an Autodiscover host answers (MS-OXDISCO). IIS compares paths
// without regard to case, and so does [Autodiscover].
const Path = "/autodiscover/autodiscover.xml"

// maxRequest is how much of a request body is read; Outlook sends less than 1 KiB.
const maxRequest = 64 << 10

// Autodiscover is a handler that answers POST requests to [Path] with fixed
// documents. The zero value answers 200 with an empty body.
type Autodiscover struct {
	RPC    string // the body for a request without X-MapiHttpCapability
	Mapi   string // the body for a request with it; "" means the RPC body
	Status int    // 0 means 200

	ContentType string            // "" means text/xml; charset=utf-8
	Header      map[string]string // further response headers, such as Location

	// User and Password are demanded by Basic authentication when User is set.
	// Schemes are the WWW-Authenticate values of a 401, also of one that Status
	// asks for; none means Basic.
	User, Password string
	Schemes        []string
}

// ServeHTTP answers one request.
func (a Autodiscover) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxRequest)) // an unread body would cost the client its connection
	switch {
	case !strings.EqualFold(r.URL.Path, Path):
		http.NotFound(w, r)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	case !a.authorizes(r):
		a.challenge(w)
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}

	status, contentType, body := a.Status, a.ContentType, a.RPC
	if status == 0 {
		status = http.StatusOK
	}
	if contentType == "" {
		contentType = "text/xml; charset=utf-8"
	}
	if a.Mapi != "" && r.Header.Get("X-MapiHttpCapability") != "" {
		body = a.Mapi
	}
	if status == http.StatusUnauthorized {
		a.challenge(w)
	}
	w.Header().Set("Content-Type", contentType)
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	io.WriteString(w, body)
}

func (a Autodiscover) authorizes(r *http.Request) bool {
	if a.User == "" {
		return true
	}
	user, password, ok := r.BasicAuth()
	return ok && user == a.User && password == a.Password
}

func (a Autodiscover) challenge(w http.ResponseWriter) {
	schemes := a.Schemes
	if len(schemes) == 0 {
		schemes = []string{`Basic realm="autodiscover"`}
	}
	for _, scheme := range schemes {
		w.Header().Add("WWW-Authenticate", scheme)
	}
}
