package ldaptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// maxRequest is the most bytes that one request may have. The longest filter that
// a client sends has some hundreds.
const maxRequest = 1 << 20

// Options say how the directory is served. The zero value is plain LDAP that
// accepts every bind.
type Options struct {
	TLS      *tls.Config // LDAPS where set and StartTLS is false; what StartTLS offers where it is true
	StartTLS bool        // begin in plain LDAP and offer StartTLS

	// Users are bind names and their passwords. Names are compared without regard
	// to case. Nil accepts every simple bind, and lets anonymous clients read
	// everything instead of the RootDSE alone.
	Users map[string]string

	// NTLM, where set, lets clients bind with NTLMv2.
	NTLM *NTLM

	// RequireSigning refuses a simple bind outside TLS with result 8, as a domain
	// controller does that requires signing.
	RequireSigning bool

	// ValueLimit is the most values of one attribute that are sent at once; 0 is no
	// limit. Further ones are asked for by range, as in Active Directory, whose limit
	// is 1500 (MaxValRange).
	ValueLimit int

	// PageLimit is the most entries that one answer has; 0 is no limit. A search that is
	// not paged and finds more ends in result 4, as in Active Directory, whose limit is
	// 1000 (MaxPageSize).
	PageLimit int

	// Refuse, where set, is asked at each simple bind that has a name; a code other
	// than 0 refuses it, e.g. 49 with a diagnostic that holds "data 533".
	Refuse func(name string) (code int, diagnostic string)
}

// Server is a directory that is being served.
type Server struct {
	options  Options
	tree     *tree
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]bool // nil once closed
	secure bool
}

// Serve serves an LDIF on a free port of 127.0.0.1 until Close. Its error names
// the line that is not LDIF.
func Serve(ldif []byte, o Options) (*Server, error) {
	entries, err := parseLDIF(ldif)
	if err != nil {
		return nil, fmt.Errorf("reading the LDIF: %w", err)
	}
	if o.StartTLS && o.TLS == nil {
		return nil, errors.New("StartTLS needs a TLS configuration")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	s := &Server{
		options:  o,
		tree:     newTree(entries, o.StartTLS),
		listener: listener,
		conns:    map[net.Conn]bool{},
		secure:   o.TLS != nil && !o.StartTLS,
	}
	s.running.Add(1)
	go s.accept()
	return s, nil
}

// Addr is the address that is listened on, e.g. "127.0.0.1:40123".
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the address as an LDAP URL, e.g. "ldaps://127.0.0.1:40123".
func (s *Server) URL() string {
	if s.secure {
		return "ldaps://" + s.Addr()
	}
	return "ldap://" + s.Addr()
}

// Close ends every connection and waits until nothing of the server runs.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	for conn := range s.conns {
		conn.Close()
	}
	s.conns = nil
	s.mu.Unlock()
	s.running.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (s *Server) accept() {
	defer s.running.Done()
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		if !s.keep(conn) {
			conn.Close()
			return
		}
		s.running.Add(1)
		go func() {
			defer s.running.Done()
			defer s.drop(conn)
			s.serve(conn)
		}()
	}
}

// keep remembers a connection for Close; it is false where Close came first.
func (s *Server) keep(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return false
	}
	s.conns[conn] = true
	return true
}

func (s *Server) drop(conn net.Conn) {
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
	conn.Close()
}

// serve answers one client, request by request, until it leaves.
func (s *Server) serve(raw net.Conn) {
	c := &client{server: s, conn: raw, anonymous: true}
	if s.secure {
		c.conn, c.secure = tls.Server(raw, s.options.TLS), true
	}
	for {
		packet, err := ber.ReadPacket(io.LimitReader(c.conn, maxRequest))
		if err != nil {
			return
		}
		r, err := parseRequest(packet)
		if err != nil || !c.answer(r) {
			return
		}
	}
}
