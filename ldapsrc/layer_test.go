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
	"github.com/jcmturner/gokrb5/v8/types"
)

// wrappers are the two ends of a context whose keys are known.
func wrappers(t testing.TB, kind int32) (client, server *wrapper) {
	t.Helper()
	size := 32
	if kind == etypeID.AES128_CTS_HMAC_SHA1_96 {
		size = 16
	}
	key := types.EncryptionKey{KeyType: kind, KeyValue: bytes.Repeat([]byte{7}, size)}
	client, err1 := newWrapper(key, true, 100, 200)
	server, err2 := newWrapper(key, true, 200, 100)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	server.acceptor = true
	return client, server
}

func TestWrap(t *testing.T) {
	for _, kind := range []int32{etypeID.AES256_CTS_HMAC_SHA1_96, etypeID.AES128_CTS_HMAC_SHA1_96} {
		for _, seal := range []bool{false, true} {
			client, server := wrappers(t, kind)
			for _, size := range []int{0, 1, 15, 16, 17, 1000} {
				message := bytes.Repeat([]byte("m"), size)
				token, err := client.wrap(message, seal)
				if err != nil {
					t.Fatal(err)
				}
				if len(token) > size+maxWrapOverhead {
					t.Errorf("%d bytes became %d", size, len(token))
				}
				if seal && size > 10 && bytes.Contains(token, message) {
					t.Error("a sealed message can be read")
				}
				got, sealed, err := server.unwrap(token)
				if err != nil || sealed != seal || !bytes.Equal(got, message) {
					t.Errorf("kind %d, seal %v: %d bytes came back as %d, sealed %v, error %v", kind, seal, size, len(got), sealed, err)
				}
			}
		}
	}
}

// TestUnwrapRotated takes a token as Windows sends it: its body rotated to the right.
func TestUnwrapRotated(t *testing.T) {
	for _, seal := range []bool{false, true} {
		client, server := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
		token, err := server.wrap([]byte("hello"), seal)
		if err != nil {
			t.Fatal(err)
		}
		const turn = 28
		body := token[wrapHeader:]
		copy(body, rotateLeft(body, len(body)-turn%len(body)))
		binary.BigEndian.PutUint16(token[6:], turn)
		if got, _, err := client.unwrap(token); err != nil || string(got) != "hello" {
			t.Errorf("seal %v: got %q, error %v", seal, got, err)
		}
	}
}

func TestUnwrapRefuses(t *testing.T) {
	for _, seal := range []bool{false, true} {
		for name, test := range map[string]struct {
			change func(token []byte) []byte
			want   error
		}{
			"nothing":            {func([]byte) []byte { return nil }, errNotWrapped},
			"a header alone":     {func(b []byte) []byte { return b[:wrapHeader] }, errNotWrapped},
			"another token":      {func(b []byte) []byte { b[1] = 5; return b }, errNotWrapped},
			"RC4's framing":      {func(b []byte) []byte { b[0], b[1] = 0x60, 0x30; return b }, errNotAES},
			"its own echo":       {func(b []byte) []byte { b[2] ^= flagAcceptor; return b }, errNotWrapped},
			"another key":        {func(b []byte) []byte { b[2] ^= flagSubkey; return b }, errNotWrapped},
			"another number":     {func(b []byte) []byte { b[15]++; return b }, errTampered},
			"another last byte":  {func(b []byte) []byte { b[len(b)-1]++; return b }, errTampered},
			"another first byte": {func(b []byte) []byte { b[wrapHeader]++; return b }, errTampered},
			"a long filler":      {func(b []byte) []byte { b[4] = 0xff; return b }, errNotWrapped},
		} {
			client, server := wrappers(t, etypeID.AES128_CTS_HMAC_SHA1_96)
			token, err := server.wrap([]byte("hello"), seal)
			if err != nil {
				t.Fatal(err)
			}
			if got, _, err := client.unwrap(test.change(token)); !errors.Is(err, test.want) {
				t.Errorf("%s, seal %v: got %q, error %v, want %v", name, seal, got, err, test.want)
			}
		}
	}
	client, server := wrappers(t, etypeID.AES128_CTS_HMAC_SHA1_96)
	first, _ := server.wrap([]byte("first"), true)
	second, _ := server.wrap([]byte("second"), true)
	if _, _, err := client.unwrap(second); !errors.Is(err, errReplayed) {
		t.Errorf("a message that was left out: error %v", err)
	}
	if _, _, err := client.unwrap(first); err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.unwrap(first); !errors.Is(err, errReplayed) {
		t.Errorf("a message that came twice: error %v", err)
	}
}

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

// TestLayerSwitchesAfterTheLastMessageInClear reads as go-ldap does, from a server
// whose words come in pieces of every size.
func TestLayerSwitchesAfterTheLastMessageInClear(t *testing.T) {
	long := "\x30\x81\x80" + strings.Repeat("x", 128)
	for size := 1; size < 300; size += 7 {
		client, server := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
		l, far := piped(t)
		protect := &protection{wrapper: client, seal: true, chunk: 100}
		after := append(frame(t, server, "first", true), frame(t, server, "", true)...)
		after = append(after, frame(t, server, "second", true)...)
		goOn := make(chan struct{})
		go func() {
			send := func(all []byte) {
				for len(all) > 0 {
					n := min(size, len(all))
					far.Write(all[:n])
					all = all[n:]
				}
			}
			send([]byte("\x30\x00\x30\x02hi"))
			<-goOn
			send(append([]byte(long), after...))
			far.Close()
		}()
		if _, err := io.ReadFull(l, make([]byte, 6)); err != nil {
			t.Fatal(err)
		}
		l.armed.Store(protect)
		close(goOn)
		got, err := io.ReadAll(l)
		if want := long + "firstsecond"; err != nil || string(got) != want {
			t.Fatalf("in pieces of %d: got %q, error %v", size, got, err)
		}
	}
}

// TestLayerTakesNothingInClear puts words of somebody between around the answer to
// the bind.
func TestLayerTakesNothingInClear(t *testing.T) {
	const answer = "\x30\x05reply"
	for name, test := range map[string]struct{ sent, read string }{
		"a message behind it":          {answer + "\x30\x04evil", answer},
		"half a message behind it":     {answer + "\x30\x84\x00\x00\x01\x00ev", answer},
		"a message before it":          {"\x30\x04evil" + answer, "\x30\x04evil"},
		"half a message before it":     {"\x30\x0bevil" + answer + "\x30\x04evil", "\x30\x0bevil" + answer},
		"a message without a length":   {"\x30\x80evil\x00\x00" + answer, ""},
		"a length of eight bytes":      {"\x30\x88\x00\x00\x00\x00\x00\x00\x00\x01", ""},
		"a message of a gigabyte":      {"\x30\x84\x40\x00\x00\x00", ""},
		"a message with another tag":   {"\x1f\x05\x00" + answer, ""},
		"a message of a tag and a gap": {"\x3f\x05\x00" + answer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := wrappers(t, etypeID.AES256_CTS_HMAC_SHA1_96)
			l, far := piped(t)
			l.armed.Store(&protection{wrapper: client, seal: true, chunk: 100})
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
			l.in = &protection{wrapper: client, seal: true, chunk: 100}
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
