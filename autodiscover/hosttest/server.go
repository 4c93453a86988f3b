package hosttest

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// headerTimeout is how long a client may take over the header of a request, so
// that a forgotten connection does not outlive a demonstration.
const headerTimeout = 30 * time.Second

// Server is a set of HTTPS listeners on 127.0.0.1 that answer alike and differ in
// their certificates, as the addresses of one host may; or one listener without TLS.
type Server struct {
	http      *http.Server
	listeners []net.Listener
	serving   sync.WaitGroup
}

// Serve starts one listener for each certificate. It speaks HTTP/1.1 alone:
// authentication that is bound to a connection needs that.
func Serve(handler http.Handler, certificates ...tls.Certificate) (*Server, error) {
	s := newServer(handler)
	for _, certificate := range certificates {
		config := &tls.Config{Certificates: []tls.Certificate{certificate}}
		if err := s.listen(func(l net.Listener) net.Listener { return tls.NewListener(l, config) }); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// ServePlain starts one listener without TLS, as on port 80.
func ServePlain(handler http.Handler) (*Server, error) {
	s := newServer(handler)
	if err := s.listen(func(l net.Listener) net.Listener { return l }); err != nil {
		return nil, err
	}
	return s, nil
}

func newServer(handler http.Handler) *Server {
	return &Server{http: &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ConnContext:       ConnContext,
		ErrorLog:          log.New(io.Discard, "", 0), // failed handshakes are part of the game
	}}
}

// listen starts one more listener; where that fails the server ends.
func (s *Server) listen(wrap func(net.Listener) net.Listener) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Close()
		return fmt.Errorf("listening on loopback: %w", err)
	}
	s.listeners = append(s.listeners, listener)
	s.serving.Go(func() { s.http.Serve(wrap(listener)) }) // ends with Close, and says only that
	return nil
}

// Addrs are the addresses of the listeners, such as "127.0.0.1:40123", in the
// order of the certificates.
func (s *Server) Addrs() []string {
	addrs := make([]string, len(s.listeners))
	for i, listener := range s.listeners {
		addrs[i] = listener.Addr().String()
	}
	return addrs
}

// Close ends the listeners and their connections.
func (s *Server) Close() error {
	err := s.http.Close()
	s.serving.Wait()
	return err
}
