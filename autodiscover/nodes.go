package autodiscover

import (
	"strings"

	"github.com/beevik/etree"
	"golang.org/x/net/idna"

	"exprobe/autodiscover/facts"
)

// nodes reads the Protocol elements that are direct children of an Account, in
// document order: of two EXHTTP nodes the first is internal and the second external.
func (p *parser) nodes(account *etree.Element) []facts.Node {
	protocols := children(account, "Protocol")
	if len(protocols) > maxNodes {
		p.refuse("it is too large: more than %d Protocol elements", maxNodes)
		return nil
	}
	nodes := make([]facts.Node, 0, len(protocols))
	for _, e := range protocols {
		p.structure(e, "Protocol")
		nodes = append(nodes, p.node(e))
	}
	return nodes
}

func (p *parser) node(e *etree.Element) facts.Node {
	return facts.Node{
		Type:                   p.nodeType(e),
		Server:                 p.server(e),
		SSL:                    p.value(e, "SSL"),
		AuthPackage:            p.value(e, "AuthPackage"),
		CertPrincipalName:      p.principal(e),
		TTL:                    p.value(e, "TTL"),
		ServerExclusiveConnect: p.value(e, "ServerExclusiveConnect"),
		ServerVersion:          p.value(e, "ServerVersion"),
		URLs:                   p.urls(e),
	}
}

// server reads Server; an international host name in the form that DNS, SNI and
// certificates have it in.
func (p *parser) server(e *etree.Element) facts.Text {
	server := p.value(e, "Server")
	for i := range len(server.Value) {
		if server.Value[i] >= 0x80 {
			if ascii, err := idna.Lookup.ToASCII(server.Value); err == nil {
				server.Value = ascii
			}
			break
		}
	}
	return server
}

// nodeType is the child Type, or for mapiHttp the attribute (MS-OXDSCLI 4.4).
func (p *parser) nodeType(e *etree.Element) string {
	child, attribute := p.value(e, "Type"), p.attribute(e, "Type")
	switch {
	case child.Value == "" && attribute.Value == "":
		p.notes.add("protocol without a type")
	case child.Value == "":
		return attribute.Value
	case attribute.Present && !strings.EqualFold(attribute.Value, child.Value):
		p.notes.add("protocol with two types")
	}
	return child.Value
}

// principal reads CertPrincipalName. Exchange sends the directory's text unchanged
// (observed in Exchange 2013 CU23), and blanks around it are a fault that a client
// meets: so they stay, unless a line break says that they are a document's layout.
func (p *parser) principal(e *etree.Element) facts.Text {
	const name = "CertPrincipalName"
	child := p.child(e, name)
	if child == nil {
		return facts.Text{}
	}
	text := p.text(child, name)
	if strings.ContainsAny(text, "\r\n") {
		p.notes.add("line break in CertPrincipalName")
		text = trim(text)
	}
	return facts.Present(text)
}

// nestedURLs are the URLs that stand one level deeper: those of mapiHttp
// (MS-OXDSCLI 4.4) and of WEB (protocol-pox).
var nestedURLs = []struct{ parent, child string }{
	{"MailStore", "InternalUrl"},
	{"MailStore", "ExternalUrl"},
	{"AddressBook", "InternalUrl"},
	{"AddressBook", "ExternalUrl"},
	{"Internal", "OWAUrl"},
	{"External", "OWAUrl"},
}

// urls lists what a node publishes: its children whose names end in Url, and those
// of nestedURLs. A fragment such as EcpUrl-um is relative to EcpUrl and is none.
func (p *parser) urls(e *etree.Element) []facts.NodeURL {
	var urls []facts.NodeURL
	add := func(path string, child *etree.Element) {
		if url := trim(p.text(child, path)); url != "" {
			urls = append(urls, facts.NodeURL{Element: path, URL: url})
		}
	}
	for _, child := range e.ChildElements() {
		if strings.HasSuffix(strings.ToLower(child.Tag), "url") {
			add(child.Tag, child)
			continue
		}
		for _, nested := range nestedURLs {
			if !isNamed(child, nested.parent) {
				continue
			}
			for _, grandchild := range children(child, nested.child) {
				add(nested.parent+"/"+nested.child, grandchild)
			}
		}
	}
	return urls
}
