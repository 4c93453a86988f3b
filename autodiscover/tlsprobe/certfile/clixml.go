package certfile

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/clixml/psobject"
)

// exported is a certificate as Get-ExchangeCertificate describes it.
type exported struct {
	raw      []byte
	services string // "IMAP, POP, IIS, SMTP", where the property was written out
	inner    []byte // how the object serialized itself
}

var errNotCertificates = errors.New("the XML file holds no certificates of Get-ExchangeCertificate; write it with: Get-ExchangeCertificate -Server SERVER | Export-Clixml FILE")

// readCLIXML reads what Export-Clixml writes ([MS-PSRP] 2.2.5): objects, of which
// those with a RawData property are certificates.
func readCLIXML(text []byte) (Contents, error) {
	list, err := parseCLIXML(text)
	if err != nil {
		return Contents{}, err
	}
	var all, forWeb, forSite []facts.Certificate
	for _, e := range list {
		c := facts.ParseCertificate(e.raw)
		if c.Unreadable != "" {
			continue
		}
		all = append(all, c)
		if e.servesWeb() {
			forWeb = append(forWeb, c)
		}
		if e.servesDefaultSite() {
			forSite = append(forSite, c)
		}
	}
	if len(all) == 0 {
		return Contents{}, errNotCertificates
	}
	if len(all) == 1 {
		return Contents{Chain: all}, nil
	}
	for _, choice := range []struct {
		candidates []facts.Certificate
		why        string
	}{
		{forSite, "which is bound to the first web site (W3SVC/1)"},
		{forWeb, "which is enabled for IIS"},
		{slices.DeleteFunc(slices.Clone(forWeb), func(c facts.Certificate) bool { return c.SelfSigned }), "which is enabled for IIS and not self-signed"},
	} {
		if len(choice.candidates) == 1 {
			c := choice.candidates[0]
			return Contents{Chain: []facts.Certificate{c}, Note: fmt.Sprintf("of %d certificates in the file that with the thumbprint %s was taken, %s", len(all), c.Thumbprint, choice.why)}, nil
		}
	}
	if len(forWeb) > 0 {
		all = forWeb
	}
	return Contents{}, ambiguous("the file holds several certificates, and does not say which of them the web site serves", all)
}

// servesWeb says whether the certificate is enabled for IIS.
func (e exported) servesWeb() bool {
	for service := range strings.SplitSeq(e.services, ",") {
		if strings.EqualFold(strings.TrimSpace(service), "IIS") {
			return true
		}
	}
	return bytes.Contains(e.inner, []byte("/W3SVC/"))
}

// servesDefaultSite says whether the certificate is bound to the first web site, the
// one that clients reach; the second is Exchange's back end. The serialized object
// lists the sites as IIS://SERVER/W3SVC/1, with their lengths before them.
func (e exported) servesDefaultSite() bool {
	const site = "/W3SVC/1"
	for rest := e.inner; ; {
		at := bytes.Index(rest, []byte(site))
		if at < 0 {
			return false
		}
		rest = rest[at+len(site):]
		if len(rest) == 0 || rest[0] < '0' || rest[0] > '9' {
			return true
		}
	}
}

func parseCLIXML(text []byte) ([]exported, error) {
	var list []exported
	each := func(v *psobject.Value) error {
		e, err := exportedBy(v)
		if err != nil || len(e.raw) == 0 {
			return err
		}
		if list = append(list, e); len(list) > maxCertificates {
			return fmt.Errorf("the XML file holds more than %d certificates; export those of one server", maxCertificates)
		}
		return nil
	}
	err := psobject.Read(bytes.NewReader(text), func(v *psobject.Value) error {
		if !v.List {
			return each(v)
		}
		for _, item := range v.Items {
			if err := each(item); err != nil {
				return err
			}
		}
		return nil
	})
	var syntax *xml.SyntaxError
	switch {
	case errors.Is(err, psobject.ErrNotCLIXML), errors.Is(err, psobject.ErrTooLarge):
		return nil, errNotCertificates
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("%w; write it again with Export-Clixml", err)
	}
	return list, err
}

// exportedBy is what an object says of a certificate; without RawData it is none.
func exportedBy(v *psobject.Value) (e exported, err error) {
	if raw := v.Member("RawData"); raw != nil {
		e.raw, err = decoded(raw.Text)
	}
	if inner := v.Member("SerializationData"); inner != nil && err == nil {
		e.inner, err = decoded(inner.Text)
	}
	if services := v.Member("Services"); services != nil {
		e.services = services.Text
	}
	return e, err
}

func decoded(text string) ([]byte, error) {
	out, err := base64.StdEncoding.AppendDecode(nil, bytes.Join(bytes.Fields([]byte(text)), nil))
	if err != nil {
		return nil, errors.New("the XML file holds a certificate that is not in base64; write it again with Export-Clixml")
	}
	return out, nil
}
