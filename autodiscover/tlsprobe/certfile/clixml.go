package certfile

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
)

// maxDepth is how deep the elements of a CLIXML file may be nested; Export-Clixml
// goes some ten deep.
const maxDepth = 64

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
	decoder := xml.NewDecoder(bytes.NewReader(text))
	var (
		list  []exported
		open  []*exported // an entry for each <Obj> that is open
		names []string    // the elements that are open, with the N of each
	)
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the XML file: %w; write it again with Export-Clixml", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(names) == maxDepth {
				return nil, errNotCertificates
			}
			names = append(names, t.Name.Local+" "+attribute(t, "N"))
			if t.Name.Local == "Obj" {
				open = append(open, new(exported))
			}
		case xml.EndElement:
			names = names[:len(names)-1]
			if t.Name.Local != "Obj" {
				continue
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			if len(last.raw) > 0 {
				list = append(list, *last)
			}
			if len(list) > maxCertificates {
				return nil, fmt.Errorf("the XML file holds more than %d certificates; export those of one server", maxCertificates)
			}
		case xml.CharData:
			if err := fill(names, open, t); err != nil {
				return nil, err
			}
		}
	}
}

// fill puts a text where it belongs.
func fill(names []string, open []*exported, text xml.CharData) (err error) {
	if len(open) == 0 || len(names) == 0 {
		return nil
	}
	e := open[len(open)-1]
	switch names[len(names)-1] {
	case "BA RawData":
		e.raw, err = decoded(text)
	case "BA SerializationData":
		e.inner, err = decoded(text)
	case "S Services":
		e.services = string(text)
	case "ToString ": // of an enumeration, which is an object inside the certificate's
		if len(names) > 1 && names[len(names)-2] == "Obj Services" && len(open) > 1 {
			open[len(open)-2].services = string(text)
		}
	}
	return err
}

func decoded(text []byte) ([]byte, error) {
	out, err := base64.StdEncoding.AppendDecode(nil, bytes.Join(bytes.Fields(text), nil))
	if err != nil {
		return nil, errors.New("the XML file holds a certificate that is not in base64; write it again with Export-Clixml")
	}
	return out, nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
