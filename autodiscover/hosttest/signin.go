package hosttest

import (
	"context"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"
)

// SignIn demands that a connection is signed in before its requests reach a handler,
// as IIS does with NTLM and Negotiate: these sign in a connection and not a request
// (RFC 4559 6). The server's ConnContext must be [ConnContext]; that of [Serve] is.
type SignIn struct {
	Handler http.Handler

	// Offers are the WWW-Authenticate values of a 401 that answers no handshake.
	Offers []string

	// Accept makes the server's side of a handshake, by the scheme's name.
	Accept map[string]func() Acceptor

	mu       sync.Mutex
	refusals int
}

// Acceptor is the server's side of one handshake.
type Acceptor interface {
	// Accept takes the client's token and gives the server's, nil where there is
	// none. done says that the client is signed in. The error refuses it.
	Accept(token []byte) (reply []byte, done bool, err error)
}

// connection is what is known of a connection's client.
type connection struct {
	mu       sync.Mutex
	scheme   string
	acceptor Acceptor
	signedIn bool
}

type connectionKey struct{}

// ConnContext is for [http.Server]: it lets [SignIn] tell connections apart.
func ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, new(connection))
}

// Refusals is how many handshakes came to their end and were refused.
func (s *SignIn) Refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refusals
}

// ServeHTTP answers one request.
func (s *SignIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, ok := r.Context().Value(connectionKey{}).(*connection)
	if !ok {
		http.Error(w, "the server does not tell connections apart", http.StatusInternalServerError)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if text == "" {
		if c.signedIn {
			s.Handler.ServeHTTP(w, r)
			return
		}
		s.challenge(w)
		return
	}
	token, err := base64.StdEncoding.DecodeString(text)
	begin := s.Accept[scheme]
	if err != nil || begin == nil {
		s.challenge(w)
		return
	}
	if c.acceptor == nil || c.scheme != scheme {
		c.scheme, c.acceptor, c.signedIn = scheme, begin(), false
	}
	reply, done, err := c.acceptor.Accept(token)
	if err != nil {
		c.acceptor = nil
		s.mu.Lock()
		s.refusals++
		s.mu.Unlock()
		s.challenge(w)
		return
	}
	if reply != nil {
		w.Header().Set("WWW-Authenticate", scheme+" "+base64.StdEncoding.EncodeToString(reply))
	}
	if !done {
		http.Error(w, "unauthorized", http.StatusUnauthorized)
		return
	}
	c.acceptor, c.signedIn = nil, true
	s.Handler.ServeHTTP(w, r)
}

func (s *SignIn) challenge(w http.ResponseWriter) {
	for _, offer := range s.Offers {
		w.Header().Add("WWW-Authenticate", offer)
	}
	http.Error(w, "unauthorized", http.StatusUnauthorized)
}
