package ldapsrc

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/messages"
)

const (
	kerberosPort = "88" // RFC 4120 7.2

	// maxKDCReply is the longest reply of a KDC that is read. A ticket is longest
	// where the account is in hundreds of groups: some 64 KiB.
	maxKDCReply = 256 << 10
)

// kdc asks the key distribution centers of a realm, which are its domain
// controllers. It dials as the rest of this package does; gokrb5's own client
// would dial past Options.Dial, and know no context.
type kdc struct {
	options Options
	server  endpoint // the domain controller that is to be read
	config  *config.Config
	realm   string // of the account
}

// addresses are the KDCs of a realm: those that were named, those that the
// Kerberos configuration names, the domain controller that is to be read, or, of
// another realm, whoever has the domain's name, as all its domain controllers do.
func (k kdc) addresses(realm string) []string {
	home := strings.EqualFold(realm, k.realm)
	if home && k.options.KDC != "" {
		return []string{withPort(k.options.KDC)}
	}
	for _, known := range k.config.Realms {
		if strings.EqualFold(known.Realm, realm) && len(known.KDC) > 0 {
			all := make([]string, len(known.KDC))
			for i, address := range known.KDC {
				all[i] = withPort(address)
			}
			return all
		}
	}
	if home {
		return []string{net.JoinHostPort(k.server.host, kerberosPort)}
	}
	return []string{net.JoinHostPort(strings.ToLower(realm), kerberosPort)}
}

func withPort(address string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	return net.JoinHostPort(strings.Trim(address, "[]"), kerberosPort)
}

// ask sends a request to the first KDC that can be reached. The error of one that
// answered and refused is a messages.KRBError.
func (k kdc) ask(ctx context.Context, realm string, request []byte) ([]byte, error) {
	var failures []error
	for _, address := range k.addresses(realm) {
		reply, err := k.exchange(ctx, address, request)
		if err != nil {
			failures = append(failures, explainKDC(err, address))
			if ctx.Err() != nil {
				break
			}
			continue
		}
		var refusal messages.KRBError
		if refusal.Unmarshal(reply) == nil {
			return nil, refusal
		}
		return reply, nil
	}
	return nil, errors.Join(failures...)
}

// exchange sends one request over TCP, where a message follows its length in four
// bytes (RFC 4120 7.2.2).
func (k kdc) exchange(ctx context.Context, address string, request []byte) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, k.options.timeout())
	defer cancel()
	conn, err := k.options.dialer()(limited, "tcp", address)
	if err != nil {
		return nil, firstOf(limited.Err(), err)
	}
	defer conn.Close()
	stop := context.AfterFunc(limited, func() { conn.Close() })
	defer stop()

	frame := binary.BigEndian.AppendUint32(nil, uint32(len(request)))
	if _, err := conn.Write(append(frame, request...)); err != nil {
		return nil, firstOf(limited.Err(), err)
	}
	var header [4]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return nil, firstOf(limited.Err(), err)
	}
	length := binary.BigEndian.Uint32(header[:])
	if length > maxKDCReply {
		return nil, fmt.Errorf("a reply of %d bytes", length)
	}
	reply := make([]byte, length)
	if _, err := io.ReadFull(conn, reply); err != nil {
		return nil, firstOf(limited.Err(), err)
	}
	return reply, nil
}
