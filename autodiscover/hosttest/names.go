package hosttest

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"

	"golang.org/x/net/dns/dnsmessage"
)

// The sizes of DNS over UDP: of an answer to a client that says nothing else (RFC
// 1035, section 2.3.4), and of the longest question that is read.
const (
	maxDatagram = 512
	maxQuestion = 4096
)

// maxAliases is how many CNAME records are followed for one question.
const maxAliases = 8

// NameServer is a DNS server on 127.0.0.1, over UDP and TCP. It answers from its
// zone alone: a name that is not in it does not exist, whatever the rest of the
// world says.
type NameServer struct {
	records records
	asked   func(kind, name string)
	packets net.PacketConn
	streams net.Listener
	serving sync.WaitGroup

	mutex  sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// ServeNames starts a name server. In the zone each line is one record, NAME TYPE
// DATA, of type A, AAAA, CNAME (a name) or SRV (priority, weight, port, name), or of
// type SERVFAIL without data for a name that every question fails for; names are
// whole and need no final dot, and what follows a semicolon is a comment. asked,
// unless it is nil, hears each question, such as "SRV" for
// "_autodiscover._tcp.contoso.com", possibly from several goroutines at once.
func ServeNames(zone string, asked func(kind, name string)) (*NameServer, error) {
	records, err := parseZone(zone)
	if err != nil {
		return nil, err
	}
	if asked == nil {
		asked = func(string, string) {}
	}
	s := &NameServer{records: records, asked: asked, open: map[net.Conn]bool{}}
	const attempts = 20 // the port that UDP is given may be taken for TCP
	for range attempts {
		if s.packets, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("listening on loopback: %w", err)
		}
		if s.streams, err = net.Listen("tcp", s.packets.LocalAddr().String()); err == nil {
			s.serving.Go(s.servePackets)
			s.serving.Go(s.serveStreams)
			return s, nil
		}
		s.packets.Close()
	}
	return nil, fmt.Errorf("listening on loopback: %w", err)
}

// Addr is the server's address, such as "127.0.0.1:40123".
func (s *NameServer) Addr() string { return s.packets.LocalAddr().String() }

// Close ends the server and its connections.
func (s *NameServer) Close() error {
	s.mutex.Lock()
	s.closed = true
	for conn := range s.open {
		conn.Close()
	}
	s.mutex.Unlock()
	s.packets.Close()
	err := s.streams.Close()
	s.serving.Wait()
	return err
}

func (s *NameServer) servePackets() {
	question := make([]byte, maxQuestion)
	for {
		n, from, err := s.packets.ReadFrom(question)
		if err != nil {
			return
		}
		if answer := s.answer(question[:n], maxDatagram); answer != nil {
			s.packets.WriteTo(answer, from)
		}
	}
}

func (s *NameServer) serveStreams() {
	for {
		conn, err := s.streams.Accept()
		if err != nil {
			return
		}
		if s.keep(conn) {
			s.serving.Go(func() { s.serveStream(conn) })
		}
	}
}

// keep notes a connection for Close, which may have come first.
func (s *NameServer) keep(conn net.Conn) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.closed {
		conn.Close()
		return false
	}
	s.open[conn] = true
	return true
}

// serveStream answers questions with their length before them (RFC 1035, section
// 4.2.2) until the client hangs up.
func (s *NameServer) serveStream(conn net.Conn) {
	defer func() {
		conn.Close()
		s.mutex.Lock()
		delete(s.open, conn)
		s.mutex.Unlock()
	}()
	for {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		answer := s.answer(question, 1<<16-1)
		if answer == nil {
			return
		}
		if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
			return
		}
	}
}

// answer is nil for what is no question. An answer that is longer than most is cut
// short, so that the client asks again over TCP.
func (s *NameServer) answer(question []byte, most int) []byte {
	var m dnsmessage.Message
	if err := m.Unpack(question); err != nil || m.Response || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	s.asked(strings.TrimPrefix(q.Type.String(), "Type"), strings.TrimSuffix(q.Name.String(), "."))
	found, code := s.records.find(q)
	m = dnsmessage.Message{Questions: m.Questions, Answers: found, Header: dnsmessage.Header{ID: m.ID, Response: true,
		Authoritative: true, RecursionDesired: m.RecursionDesired, RecursionAvailable: true, RCode: code}}
	packed, err := m.Pack()
	if err == nil && len(packed) > most {
		m.Answers, m.Truncated = nil, true
		packed, err = m.Pack()
	}
	if err != nil {
		return nil
	}
	return packed
}
