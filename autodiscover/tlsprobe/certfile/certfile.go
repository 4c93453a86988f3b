package certfile

import (
	"bytes"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"unicode/utf16"

	"exprobe/autodiscover/facts"
)

const (
	// maxFile is far above any file of certificates; an export of a hundred of them
	// from Exchange has some 500 KiB.
	maxFile = 8 << 20

	// maxCertificates is how many one file may hold. The stores that operating
	// systems export hold a few hundred, and are no chain of a server.
	maxCertificates = 200
)

// Contents is what a file holds.
type Contents struct {
	Chain []facts.Certificate // as a server with this file would send it, leaf first; never empty

	// Whole says that the file could hold the chain's issuers. A file that holds one
	// certificate by its nature says nothing of what a server sends beside it.
	Whole bool

	Note string // how the chain was chosen, where the file left a choice

	// Sealed says that the file is PKCS #12: it holds the key as well.
	Sealed bool
}

// Read reads a file of any of the kinds. The password is for PKCS #12 alone.
func Read(data []byte, password string) (Contents, error) {
	if len(data) > maxFile {
		return Contents{}, fmt.Errorf("the file has %d bytes, more than any file of certificates; name one that holds the server's certificate alone", len(data))
	}
	text := bytes.TrimSpace(utf8Text(data))
	switch {
	case len(text) == 0:
		return Contents{}, errors.New("the file is empty; export the certificate again")
	case bytes.HasPrefix(text, []byte("<")):
		return readCLIXML(text)
	case bytes.Contains(text, []byte("-----BEGIN ")):
		return readPEM(text)
	case data[0] == 0x30:
		return readDER(data, password)
	}
	return Contents{}, errors.New("the file is neither PEM, DER, PKCS #7, PKCS #12 nor CLIXML; export the certificate again, for example with Export-Certificate")
}

// utf8Text undoes the UTF-16 in which Windows PowerShell writes files.
func utf8Text(data []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		return data[3:]
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	case !bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return data
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 2; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

func readPEM(text []byte) (Contents, error) {
	var list [][]byte
	ordered := true
	var request []byte
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		switch block.Type {
		case "CERTIFICATE", "X509 CERTIFICATE":
			list = append(list, block.Bytes)
		case "TRUSTED CERTIFICATE": // OpenSSL's, with its own remarks after the certificate
			list = append(list, first(block.Bytes))
		case "PKCS7", "CMS":
			more, err := pkcs7(block.Bytes)
			if err != nil {
				return Contents{}, err
			}
			list, ordered = append(list, more...), false
		case "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST":
			request = block.Bytes
		}
	}
	if len(list) == 0 && request != nil {
		return Contents{}, &RequestError{DER: request}
	}
	if len(list) == 0 {
		return Contents{}, errors.New("the PEM file holds no certificate; add the block that begins with -----BEGIN CERTIFICATE-----")
	}
	return arrange(list, ordered)
}

// RequestError says that a file is a request for a certificate (PKCS #10), where a
// certificate was expected. [facts.ParseRequest] reads its DER.
type RequestError struct{ DER []byte }

func (*RequestError) Error() string {
	return "the file is a request for a certificate and no certificate; name the one that the authority has issued"
}

func readDER(data []byte, password string) (Contents, error) {
	switch kindOf(data) {
	case kindPKCS7:
		list, err := pkcs7(data)
		if err != nil {
			return Contents{}, err
		}
		return arrange(list, false)
	case kindPKCS12:
		return readPKCS12(data, password)
	}
	c := facts.ParseCertificate(data)
	if c.Unreadable == "" {
		return Contents{Chain: []facts.Certificate{c}}, nil
	}
	if _, err := facts.ParseRequest(data); err == nil {
		return Contents{}, &RequestError{DER: data}
	}
	return Contents{}, fmt.Errorf("the file is no certificate that can be read: %s; export it again as DER or PEM", c.Unreadable)
}

// arrange makes a chain of certificates: as they stand where their order is that of
// a server, and otherwise from the one leaf upwards.
func arrange(list [][]byte, ordered bool) (Contents, error) {
	if len(list) == 0 {
		return Contents{}, errors.New("the file holds no certificate; export it again with its certificates")
	}
	if len(list) > maxCertificates {
		return Contents{}, fmt.Errorf("the file holds %d certificates, more than a chain has; name one that holds the server's alone", len(list))
	}
	certificates := make([]facts.Certificate, 0, len(list))
	for _, der := range list {
		c := facts.ParseCertificate(der)
		if c.Unreadable != "" && !(ordered && len(certificates) > 0) {
			return Contents{}, fmt.Errorf("a certificate in the file cannot be read: %s; export it again", c.Unreadable)
		}
		certificates = append(certificates, c)
	}
	if ordered && !issues(certificates[0], certificates) {
		return Contents{Chain: certificates, Whole: len(certificates) > 1}, nil
	}
	leaves := leavesOf(certificates)
	switch {
	case len(leaves) > 1:
		return Contents{}, ambiguous("the file holds several certificates that issue none of the others", leaves)
	case len(leaves) == 0: // each issues another, as only odd ones do
		leaves = certificates[:1]
	}
	contents := Contents{Chain: chainFrom(leaves[0], certificates), Whole: len(certificates) > 1}
	if ordered {
		contents.Note = "the file does not begin with the server's certificate, so its chain was put in order"
	}
	return contents, nil
}

// chainFrom follows the issuers of a certificate. The root is left out, as servers
// do: whoever trusts it has it.
func chainFrom(leaf facts.Certificate, certificates []facts.Certificate) []facts.Certificate {
	chain := []facts.Certificate{leaf}
	for last := leaf; len(chain) <= len(certificates); {
		next, found := issuerOf(last, certificates)
		if !found || next.SelfSigned || next.Issuer == next.Subject {
			break
		}
		chain = append(chain, next)
		last = next
	}
	return chain
}

func issuerOf(c facts.Certificate, certificates []facts.Certificate) (facts.Certificate, bool) {
	for _, candidate := range certificates {
		if candidate.Subject == c.Issuer && candidate.Thumbprint != c.Thumbprint && candidate.Unreadable == "" {
			return candidate, true
		}
	}
	return facts.Certificate{}, false
}

// issues says whether a certificate is the issuer of another.
func issues(c facts.Certificate, certificates []facts.Certificate) bool {
	for _, other := range certificates {
		if other.Issuer == c.Subject && other.Thumbprint != c.Thumbprint && other.Unreadable == "" {
			return true
		}
	}
	return false
}

// leavesOf are the certificates that issue none of the others, each once. Where
// some are no authorities, those that are do not count: an unused intermediate is
// no leaf.
func leavesOf(certificates []facts.Certificate) (leaves []facts.Certificate) {
	var authorities []facts.Certificate
	seen := map[string]bool{}
	for _, c := range certificates {
		if seen[c.Thumbprint] || issues(c, certificates) {
			continue
		}
		seen[c.Thumbprint] = true
		if c.Authority {
			authorities = append(authorities, c)
			continue
		}
		leaves = append(leaves, c)
	}
	if len(leaves) == 0 {
		return authorities
	}
	return leaves
}

// maxNamed is how many candidates an error names.
const maxNamed = 5

func ambiguous(what string, candidates []facts.Certificate) error {
	names := ""
	for i, c := range candidates {
		if i == maxNamed {
			names += fmt.Sprintf(" and %d more", len(candidates)-maxNamed)
			break
		}
		if i > 0 {
			names += ","
		}
		names += fmt.Sprintf(" %s (%.100q)", c.Thumbprint, c.Subject)
	}
	return fmt.Errorf("%s:%s; export the one that is served by itself", what, names)
}
