package hosttest

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Answer is what a host says to the requests that it is for. The zero value is for
// every request and says 200 and nothing.
type Answer struct {
	Method  string // "" for every method
	Path    string // without regard to case; one that ends with "*" is for every path that begins so; "" for every path
	Mailbox string // whom the request must name, in its URL or its body; "" for whomever

	Status int         // 0 means 200
	Header http.Header // such as Location and Content-Type
	Body   string
	Mapi   string // the body for a request with X-MapiHttpCapability; "" means Body

	// Accept says whether a request may have the answer; nil accepts every one. Who
	// is not accepted gets 401 with Schemes, the WWW-Authenticate values in order.
	// An answer whose Status is 401 has them too.
	Accept  func(*http.Request) bool
	Schemes []string
}

// Answers is a handler that gives the first answer that is for a request. Where
// there is none, otherwise answers, or 404 where that is nil.
func Answers(list []Answer, otherwise http.Handler) http.Handler {
	if otherwise == nil {
		otherwise = http.NotFoundHandler()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			http.Error(w, "the request is too long", http.StatusRequestEntityTooLarge)
			return
		}
		for _, a := range list {
			if a.isFor(r, body) {
				a.write(w, r)
				return
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		otherwise.ServeHTTP(w, r)
	})
}

func (a Answer) isFor(r *http.Request, body []byte) bool {
	if a.Method != "" && a.Method != r.Method {
		return false
	}
	path, want := strings.ToLower(r.URL.Path), strings.ToLower(a.Path)
	if start, ok := strings.CutSuffix(want, "*"); ok {
		want, path = start, path[:min(len(path), len(start))]
	}
	if want != "" && path != want {
		return false
	}
	if a.Mailbox == "" {
		return true
	}
	mailbox := strings.ToLower(a.Mailbox)
	for _, email := range r.URL.Query()["Email"] {
		if strings.EqualFold(email, a.Mailbox) {
			return true
		}
	}
	for segment := range strings.SplitSeq(strings.ToLower(r.URL.Path), "/") {
		if segment == mailbox {
			return true
		}
	}
	return bytes.Contains(bytes.ToLower(body), []byte(">"+mailbox+"<"))
}

func (a Answer) write(w http.ResponseWriter, r *http.Request) {
	accepted := a.Accept == nil || a.Accept(r)
	if !accepted || a.Status == http.StatusUnauthorized {
		for _, scheme := range a.Schemes {
			w.Header().Add("WWW-Authenticate", scheme)
		}
	}
	if !accepted {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	for name, values := range a.Header {
		w.Header()[name] = values
	}
	status, body := a.Status, a.Body
	if status == 0 {
		status = http.StatusOK
	}
	if a.Mapi != "" && r.Header.Get("X-MapiHttpCapability") != "" {
		body = a.Mapi
	}
	w.WriteHeader(status)
	io.WriteString(w, body)
}
