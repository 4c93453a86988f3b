package ldapsrc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// stage is how far a connection had come; the same end of file means other things
// at other stages.
type stage int

const (
	stageDial stage = iota
	stageTLS
	stageRequest
)

// Windows' own numbers, which the portable names of package syscall do not equal
// there: WSAECONNRESET and WSAECONNREFUSED (winsock2.h).
const (
	wsaConnReset   = syscall.Errno(10054)
	wsaConnRefused = syscall.Errno(10061)
)

// explainNetwork says what became of a connection, and what to do about it.
func explainNetwork(err error, at stage) error {
	var timeout net.Error
	var unknownName *net.DNSError
	var notTLS tls.RecordHeaderError
	switch {
	case errors.Is(err, errLimit):
		return &failure{
			what:  errLimit.Error(),
			hint:  "name another domain controller: this one answers, and does not come to an end",
			cause: errors.Join(context.DeadlineExceeded, err),
		}
	case errors.Is(err, context.Canceled):
		return &failure{what: "canceled", cause: err}
	case errors.As(err, &unknownName) && !unknownName.IsNotFound:
		return &failure{
			what:  fmt.Sprintf("looking up the name %q in DNS: no server gave an answer", printable(unknownName.Name)),
			hint:  hintDNSServer,
			cause: err,
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return &failure{
			what:  "no answer in time",
			hint:  "check that a firewall lets the port through, name another domain controller, or raise --timeout",
			cause: errors.Join(context.DeadlineExceeded, err), // whoever kept the time
		}
	case errors.As(err, &unknownName) && unknownName.IsNotFound:
		return &failure{
			what:  fmt.Sprintf("the name %q was not found", printable(unknownName.Name)),
			hint:  "check the host name in the LDAP URL, and that this machine asks the domain's DNS server; --dns-server names one",
			cause: err,
		}
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, wsaConnRefused):
		return &failure{
			what:  "the connection was refused",
			hint:  "check the port (389 for ldap://, 636 for ldaps://) and that the host is a domain controller",
			cause: err,
		}
	case errors.Is(err, errTooMuch):
		return &failure{what: errTooMuch.Error(), hint: "check that the URL is a domain controller's", cause: err}
	case errors.Is(err, errLayer):
		return &failure{
			what:  printable(err.Error()),
			hint:  "something between may change what is sent: name another domain controller, or use ldaps://",
			cause: err,
		}
	case errors.As(err, &notTLS):
		return &failure{
			what:  "the server does not speak TLS on this port",
			hint:  "use port 636 for ldaps://, or ldap:// with --start-tls",
			cause: err,
		}
	case isClosed(err):
		return explainClosed(err, at)
	}
	if f := explainCertificate(err); f != nil {
		return f
	}
	return &failure{
		what:  printable(err.Error()),
		hint:  "check the LDAP URL and the network, or name another domain controller",
		cause: err,
	}
}

// explainPort says of an error that came of speaking TLS to the port of plain LDAP, or
// the other way round, that the port is the mistake.
func (e endpoint) explainPort(err error) error {
	var r *result
	var hint string
	switch {
	case err == nil || errors.As(err, &r) || errors.Is(err, context.Canceled) || explainCertificate(err) != nil:
		return err
	case e.tls && e.port == "389":
		hint = "the port is the mistake: 389 is that of ldap://; leave it out, or use ldap:// with --start-tls"
	case !e.tls && e.port == "636":
		hint = "the port is the mistake: 636 is that of ldaps://; use ldaps://, or leave it out"
	default:
		return err
	}
	return &failure{what: err.Error(), hint: hint, cause: err}
}

func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, wsaConnReset)
}

func explainClosed(err error, at stage) *failure {
	if at == stageTLS {
		return &failure{
			what: "the server closed the connection during the TLS handshake",
			hint: "the domain controller may have no certificate for LDAPS: give it one, name another, " +
				"or use plain ldap://, where a password needs --ldap-insecure",
			cause: err,
		}
	}
	return &failure{
		what:  "the server closed the connection",
		hint:  "check that the port fits the scheme: 389 for ldap://, 636 for ldaps://",
		cause: err,
	}
}

// explainCertificate tells the ways apart in which a certificate is not accepted;
// it is nil for any other error.
func explainCertificate(err error) error {
	var unknown x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return &failure{
			what: "the domain controller's certificate is not trusted: it is signed by an unknown authority",
			hint: "give the authority's certificate with --ldap-ca-file; " +
				`on an enterprise CA "certutil -ca.cert ca.cer" exports it`,
			cause: err,
		}
	case errors.As(err, &wrongName):
		return &failure{
			what: fmt.Sprintf("the domain controller's certificate is not for %s, but for %s",
				printable(wrongName.Host), printable(namesOf(wrongName.Certificate))),
			hint:  "use the domain controller's own name in the LDAP URL, as its certificate has it",
			cause: err,
		}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		what := "the domain controller's certificate is expired or not yet valid"
		if invalid.Cert != nil {
			what = fmt.Sprintf("the domain controller's certificate is valid only from %s to %s",
				invalid.Cert.NotBefore.UTC().Format("2006-01-02"), invalid.Cert.NotAfter.UTC().Format("2006-01-02"))
		}
		return &failure{
			what:  what,
			hint:  "renew the domain controller's certificate, or name another domain controller; check this machine's clock",
			cause: err,
		}
	case errors.As(err, &invalid):
		return &failure{
			what:  "the domain controller's certificate is not acceptable: " + printable(err.Error()),
			hint:  "give the domain controller a certificate for server authentication",
			cause: err,
		}
	}
	return nil
}

// namesOf lists the names of a certificate, for an error.
func namesOf(cert *x509.Certificate) string {
	if cert == nil {
		return "another name"
	}
	names := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return "no name at all: it has no subject alternative name"
	}
	return strings.Join(names, ", ")
}
