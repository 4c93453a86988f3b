package tlsprobe_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"

	"exprobe/autodiscover/tlsprobe"
)

// recording is a connection to a server that says what was recorded, whatever it
// is told.
type recording struct{ io.Reader }

func (recording) Write(b []byte) (int, error)      { return len(b), nil }
func (recording) Close() error                     { return nil }
func (recording) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (recording) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (recording) SetDeadline(time.Time) error      { return nil }
func (recording) SetReadDeadline(time.Time) error  { return nil }
func (recording) SetWriteDeadline(time.Time) error { return nil }

// FuzzServer: whatever a server sends, there is a chain or a reason, and the reason
// is of a length that can be printed.
func FuzzServer(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
	f.Add([]byte{21, 3, 3, 0, 2, 2, 112})
	f.Add([]byte{22, 3, 0, 0, 42, 2, 0, 0, 38, 3, 0})
	f.Add(bytes.Repeat([]byte{22, 3, 3, 0, 0}, 100))
	resolve := zone{"mail.contoso.com": {"192.0.2.1:443"}}.resolve
	f.Fuzz(func(t *testing.T, sent []byte) {
		hosts := tlsprobe.Probe(t.Context(), targets("mail.contoso.com"), tlsprobe.Options{
			Resolve: resolve, At: at, Timeout: time.Minute,
			Dial: func(context.Context, string, string) (net.Conn, error) { return recording{bytes.NewReader(sent)}, nil },
		})
		served := only(t, hosts).Served
		if served.Known && len(served.Value.Chain) == 0 || !served.Known && served.Why == "" || len(served.Why) > 1000 {
			t.Errorf("%q gives %+v", sent, served)
		}
	})
}
