package autodiscover

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// maxQuote bounds, in bytes, what is quoted from the network in a reason.
	maxQuote = 200

	// maxNames is how many names of a wrong certificate are told.
	maxNames = 5

	cutShort = "the look-up was cut short"
)

// explain says why a request had no whole answer, in words for the report. Where
// there is something to do about it, that follows the colon.
func (c *client) explain(ctx context.Context, err error) string {
	if c.repeats(err.Error()) { // which may quote a server's malformed line
		return echoed
	}
	return c.why(ctx, err)
}

func (c *client) why(ctx context.Context, err error) string {
	var (
		untrusted x509.UnknownAuthorityError
		wrongName x509.HostnameError
		invalid   x509.CertificateInvalidError
		dns       *net.DNSError
	)
	switch {
	case ctx.Err() != nil:
		return ended(ctx)
	case hintOf(err) != "":
		return sentence(err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no whole answer came within %s", c.timeout)
	case errors.As(err, &wrongName):
		return fmt.Sprintf("the certificate does not name %s: it names %s", clean(wrongName.Host), namesOf(wrongName.Certificate))
	case errors.As(err, &untrusted):
		return "the certificate is not trusted: its issuer is not among the trusted roots, or the server does not send the intermediate certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return fmt.Sprintf("the certificate has expired or is not yet valid: it runs from %s to %s",
			invalid.Cert.NotBefore.UTC().Format(time.DateOnly), invalid.Cert.NotAfter.UTC().Format(time.DateOnly))
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("the name %s does not exist in DNS", clean(dns.Name))
	}
	return clean(err.Error())
}

// ended says why a look-up ended before its time.
func ended(ctx context.Context) string {
	if cause := context.Cause(ctx); cause != nil && strings.HasPrefix(cause.Error(), cutShort) {
		return cause.Error()
	}
	return cutShort
}

func namesOf(c *x509.Certificate) string {
	if c == nil {
		return "nothing"
	}
	names := c.DNSNames
	if len(names) == 0 {
		return "no DNS name"
	}
	if len(names) > maxNames {
		return clean(strings.Join(names[:maxNames], ", ")) + fmt.Sprintf(" and %d more", len(names)-maxNames)
	}
	return clean(strings.Join(names, ", "))
}

// clean makes a text from the network fit to stand in a reason: bounded, on one
// line, and without control, bidi or zero-width characters.
func clean(s string) string {
	cut := len(s) > maxQuote
	if cut {
		s = s[:maxQuote]
		for !utf8.ValidString(s) && len(s) > maxQuote-utf8.UTFMax {
			s = s[:len(s)-1]
		}
	}
	s = printable(s)
	if cut {
		s += "…"
	}
	return s
}

// printable puts a question mark for whatever cannot be seen.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
