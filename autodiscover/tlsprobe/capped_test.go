package tlsprobe

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
)

// spring is a connection that never runs dry.
type spring struct{ net.Conn }

func (spring) Read(b []byte) (int, error) { return len(b), nil }

func TestCappedConnectionEnds(t *testing.T) {
	var got bytes.Buffer
	_, err := io.Copy(&got, &capped{Conn: spring{}, left: 1000})
	if !errors.Is(err, errFlood) {
		t.Errorf("got error %v, want %v", err, errFlood)
	}
	if got.Len() != 1000 {
		t.Errorf("read %d bytes, want 1000", got.Len())
	}
}
