package world

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
)

// heard is a file to which a world writes what reached it, one line each, so that
// a script can tell what a client sent and to whom. Secrets are not written: of
// credentials only their scheme.
type heard struct {
	mutex sync.Mutex
	file  *os.File
}

func hear(name string) (*heard, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	return &heard{file: file}, err
}

// Close closes the file.
func (h *heard) Close() error { return h.file.Close() }

func (h *heard) line(format string, args ...any) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	fmt.Fprintf(h.file, format+"\n", args...)
}

// hearQuestion notes a question of DNS in names.log, as "SRV
// _autodiscover._tcp.contoso.com".
func (w *World) hearQuestion(kind, name string) { w.names.line("%s %s", kind, name) }

// hearRequests notes each request in requests.log: the host file that answers, the
// method, the URL, and the scheme of the credentials that came or "-".
func (w *World) hearRequests(host, scheme string, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		credentials, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if credentials == "" {
			credentials = "-"
		}
		w.requests.line("%s %s %s://%s%s %s", host, r.Method, scheme, r.Host, r.URL.RequestURI(), credentials)
		handler.ServeHTTP(out, r)
	})
}
