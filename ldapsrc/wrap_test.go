package ldapsrc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

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
