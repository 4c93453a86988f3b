package ldapsrc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
)

// piped are a layer and the raw other end of its connection.
func piped(t *testing.T) (*layer, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	wire := newWire(near)
	return &layer{Conn: wire, fail: wire.ended}, far
}

func frame(t testing.TB, w *wrapper, message string, seal bool) []byte {
	t.Helper()
	token, err := w.wrap([]byte(message), seal)
	if err != nil {
		t.Fatal(err)
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(token))), token...)
}

// The messages of a bind: go-ldap's last request but one, the offer, the last word,
// and the answer to it.
const (
	request  = "\x30\x0c\x02\x01\x04\x60\x07\x02\x01\x03\x04\x00\x80\x00"
	offer    = "\x30\x0c\x02\x01\x04\x61\x07\x0a\x01\x0e\x04\x00\x04\x00"
	lastWord = "\x30\x0c\x02\x01\x05\x60\x07\x02\x01\x03\x04\x00\x80\x00"
	answer   = "\x30\x84\x00\x00\x00\x0c\x02\x01\x05\x61\x07\x0a\x01\x00\x04\x00\x04\x00"
	evil     = "\x30\x05\x02\x01\x06\x64\x00"
)

// say writes a request while the other end takes it.
func say(t *testing.T, l *layer, far net.Conn, message string) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadFull(far, make([]byte, len(message)))
		done <- err
	}()
	_, err := l.Write([]byte(message))
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
}

// armed are a layer that has said the last word, and the raw other end.
func armed(t *testing.T, protect *protection) (*layer, net.Conn) {
	t.Helper()
	l, far := piped(t)
	say(t, l, far, request)
	go far.Write([]byte(offer))
	if _, err := io.ReadFull(l, make([]byte, len(offer))); err != nil {
		t.Fatal(err)
	}
	if err := l.arm(protect); err != nil {
		t.Fatal(err)
	}
	say(t, l, far, lastWord)
	return l, far
}

// TestLayerSwitchesAfterTheLastMessageInClear reads as go-ldap does, from a server
// whose words come in pieces of every size.
func TestLayerSwitchesAfterTheLastMessageInClear(t *testing.T) {
	long := "\x30\x81\x88\x02\x01\x05\x61\x81\x82\x0a\x01\x00\x04\x00\x04\x7b" + strings.Repeat("x", 123)
	for size := 1; size < 300; size += 7 {
		client, server := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
		l, far := armed(t, &protection{wrapper: client, seal: true, chunk: 100})
		all := append([]byte(long), frame(t, server, "first", true)...)
		all = append(all, frame(t, server, "", true)...)
		all = append(all, frame(t, server, "second", true)...)
		go func() {
			for len(all) > 0 {
				n := min(size, len(all))
				far.Write(all[:n])
				all = all[n:]
			}
			far.Close()
		}()
		got, err := io.ReadAll(l)
		if want := long + "firstsecond"; err != nil || string(got) != want {
			t.Fatalf("in pieces of %d: got %q, error %v", size, got, err)
		}
	}
}

// TestLayerTakesNothingInClear puts words of somebody between around the answer to
// the bind.
func TestLayerTakesNothingInClear(t *testing.T) {
	for name, test := range map[string]struct{ sent, read string }{
		"a message behind it":          {answer + evil, answer},
		"half a message behind it":     {answer + "\x30\x84\x00\x00\x01\x00ev", answer},
		"the answer twice":             {answer + answer, answer},
		"a message before it":          {evil + answer, ""},
		"the offer before it":          {offer + answer, ""},
		"another operation":            {"\x30\x05\x02\x01\x05\x64\x00" + answer, ""},
		"half a message before it":     {"\x30\x19\x02\x01\x06\x64" + answer + evil, ""},
		"an element that is too long":  {"\x30\x05\x02\x01\x05\x61\x09" + answer, ""},
		"a message without an ID":      {"\x30\x04\x61\x00\x61\x00" + answer, ""},
		"an empty message":             {"\x30\x00" + answer, ""},
		"a message without a length":   {"\x30\x80evil\x00\x00" + answer, ""},
		"a length of eight bytes":      {"\x30\x88\x00\x00\x00\x00\x00\x00\x00\x01", ""},
		"a message of a gigabyte":      {"\x30\x84\x40\x00\x00\x00", ""},
		"a message with another tag":   {"\x1f\x05\x00" + answer, ""},
		"a message of a tag and a gap": {"\x3f\x05\x00" + answer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
			l, far := armed(t, &protection{wrapper: client, seal: true, chunk: 100})
			go func() {
				far.Write([]byte(test.sent))
				far.Close()
			}()
			got, err := io.ReadAll(l)
			if string(got) != test.read || err == nil {
				t.Errorf("got %q, error %v", got, err)
			}
		})
	}
}

// TestLayerDoesNotSwitch is about what somebody between says before the last word:
// go-ldap has the offer, and the layer must not be armed, or must not go on.
func TestLayerDoesNotSwitch(t *testing.T) {
	for name, test := range map[string]struct {
		sent  string
		reads int // messages that are read before the layer is armed
	}{
		"more bytes in the same segment as the offer":     {offer + evil, 1},
		"more bytes behind the offer that were read":      {offer + evil, 2},
		"a message before the offer":                      {evil + offer, 2},
		"a message begun before the switch":               {offer + evil[:4], 1},
		"one byte of a message begun before the switch":   {offer + "\x30", 1},
		"the answer in the same segment as the offer":     {offer + answer, 1},
		"a long message begun in the offer's own segment": {offer + "\x30\x84\x00\x00\x01\x00\x02\x01\x06\x64", 1},
		"nothing at all": {"", 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, far := piped(t)
			say(t, l, far, request)
			go far.Write([]byte(test.sent))
			for range test.reads {
				n, err := l.Read(make([]byte, 4096))
				if err != nil || n != len(offer) && n != len(evil) {
					t.Fatalf("read %d bytes, error %v, want one message", n, err)
				}
			}
			if err := l.arm(new(protection)); !errors.Is(err, errLayer) || l.armed != nil {
				t.Errorf("armed %v, error %v", l.armed != nil, err)
			}
			if l.Conn.(*wire).why() == nil {
				t.Error("the wire does not know why reading ended")
			}
		})
	}
	t.Run("the answer before the last word", func(t *testing.T) {
		l, far := piped(t)
		say(t, l, far, request)
		go far.Write([]byte(offer))
		if _, err := l.Read(make([]byte, 4096)); err != nil {
			t.Fatal(err)
		}
		if err := l.arm(new(protection)); err != nil {
			t.Fatal(err)
		}
		for _, early := range []string{offer, answer} {
			go far.Write([]byte(early))
			if n, err := l.Read(make([]byte, 4096)); !errors.Is(err, errLayer) {
				t.Errorf("read %d bytes, error %v", n, err)
			}
		}
	})
}

func TestLayerRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		sent func(server *wrapper) []byte
		want error
	}{
		"a message that is only signed": {func(s *wrapper) []byte { return frame(t, s, "hello", false) }, errNotWrapped},
		"a message in clear":            {func(*wrapper) []byte { return []byte("\x00\x00\x00\x05hello") }, errNotWrapped},
		"two gigabytes":                 {func(*wrapper) []byte { return []byte("\x7f\xff\xff\xff") }, errLayer},
		"half a frame":                  {func(s *wrapper) []byte { return frame(t, s, "hello", true)[:30] }, io.ErrUnexpectedEOF},
		"the end":                       {func(*wrapper) []byte { return nil }, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
			l, far := piped(t)
			l.armed, l.passed = &protection{wrapper: client, seal: true, chunk: 100}, true
			go func() {
				far.Write(test.sent(server))
				far.Close()
			}()
			got, err := io.ReadAll(l)
			if test.want == io.EOF {
				test.want = nil // as ReadAll has it
			}
			if !errors.Is(err, test.want) || len(got) > 0 {
				t.Errorf("got %q, error %v, want %v", got, err, test.want)
			}
			if err != nil && l.Conn.(*wire).why() == nil {
				t.Error("the wire does not know why reading ended")
			}
		})
	}
}

func TestLayerWritesInPieces(t *testing.T) {
	client, server := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
	l, far := piped(t)
	l.out.Store(&protection{wrapper: client, chunk: 4})
	go func() {
		l.Write([]byte("ten bytes!"))
		l.Close()
	}()
	var got []string
	for {
		token, err := readFrame(far)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		message, _, err := server.unwrap(token)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(message))
	}
	if diff := cmp.Diff([]string{"ten ", "byte", "s!"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestChoose(t *testing.T) {
	for name, test := range map[string]struct {
		offer  string
		secure bool
		reply  string
		layer  *protection
		want   error
	}{
		"everything":             {"\x07\x01\x00\x00", false, "\x04\x80\x00\x00", &protection{seal: true, chunk: 65536 - maxWrapOverhead}, nil},
		"signing alone":          {"\x03\x01\x00\x00", false, "\x02\x80\x00\x00", &protection{chunk: 65536 - maxWrapOverhead}, nil},
		"nothing, without TLS":   {"\x01\x00\x00\x00", false, "", nil, errNoLayer},
		"too small pieces":       {"\x07\x00\x00\x40", false, "", nil, errNoLayer},
		"everything, over TLS":   {"\x07\x01\x00\x00", true, "\x01\x00\x00\x00", nil, nil},
		"only layers, over TLS":  {"\x06\x01\x00\x00", true, "", nil, errLayerOverTLS},
		"an offer of five bytes": {"\x07\x01\x00\x00\x00", false, "", nil, nil},
	} {
		reply, layer, err := choose([]byte(test.offer), test.secure)
		if string(reply) != test.reply || (test.reply == "") != (err != nil) || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: reply %x, error %v", name, reply, err)
		}
		if (layer == nil) != (test.layer == nil) || layer != nil && *layer != *test.layer {
			t.Errorf("%s: layer %+v, want %+v", name, layer, test.layer)
		}
	}
}

func FuzzLayer(f *testing.F) {
	_, server := wrappers(f, etypeID.AES256_CTS_HMAC_SHA1_96)
	f.Add(frame(f, server, "hello", true))
	_, server = wrappers(f, etypeID.AES256_CTS_HMAC_SHA1_96)
	f.Add(frame(f, server, "hello", false))
	f.Add([]byte("\x00\x00\x00\x10\x05\x04\x05\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc8"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		client, _ := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
		token, err := readFrame(bytes.NewReader(sent))
		if err != nil {
			return
		}
		if message, _, err := client.unwrap(token); err == nil && string(message) != "hello" {
			t.Errorf("nobody with the key said %q", message)
		}
	})
}
