package autodiscover

import (
	"bytes"
	"strings"

	"github.com/beevik/etree"

	"exprobe/autodiscover/facts"
)

// Parse reads a POX answer: settings, a redirect or an error (MS-OXDSCLI 2.2.4.1.1).
// An error that the document reports, or a redirect, is a result and no error of
// Parse. Parse refuses a document of more than 1 MiB, one with a document type
// declaration, one that is not well-formed (with line and column, in bytes), and
// one that is something else, which the error names: a SOAP or EWS answer, a v2
// (JSON) answer, an HTML page, an ActiveSync answer, a bare fragment.
//
// Texts lose the blanks around them, except CertPrincipalName: there they are what
// the directory holds and what the client is given, and stay, byte for byte. Only
// where that text has a line break, and so was laid out by whoever wrote the
// document, it is trimmed as well.
func Parse(data []byte) (facts.Response, error) {
	r, _, err := parse(data)
	return r, err
}

// parser is the state of one parse: what was forgiven, and the first refusal.
type parser struct {
	notes notes
	err   error
}

// parse also gives the mailbox that a settings answer says it is for.
func parse(data []byte) (facts.Response, string, error) {
	p := &parser{}
	root, err := p.tree(data)
	if err != nil {
		return facts.Response{}, "", err
	}
	response, mailbox := p.document(root)
	if p.err != nil {
		return facts.Response{}, "", p.err
	}
	response.Tolerances = p.notes
	return response, mailbox, nil
}

// tree turns the bytes into an element tree that is known to be well-formed and small.
func (p *parser) tree(data []byte) (*etree.Element, error) {
	if len(data) > maxDocument {
		return nil, refuse("it is too large: more than %d bytes", maxDocument)
	}
	data, err := toUTF8(data, &p.notes)
	if err != nil {
		return nil, refuse("it is not valid UTF-16")
	}
	if err := sniff(data); err != nil {
		return nil, err
	}
	if before, _, found := bytes.Cut(data, []byte("<?xml ")); found && len(before) > 0 && !bytes.Contains(before, []byte("<")) {
		p.notes.add("text or blanks before the declaration")
	}
	if err := scan(data, &p.notes); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings = etree.ReadSettings{
		CharsetReader:          charsetReader(&p.notes),
		PreserveDuplicateAttrs: true,
		MaxDepth:               maxDepth,
	}
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, refuse("%s", clean(err.Error()))
	}
	root := doc.Root()
	if root == nil {
		return nil, refuse("it is not XML")
	}
	p.prefixes(root)
	return root, nil
}

// document reads what stands under the root element.
func (p *parser) document(root *etree.Element) (facts.Response, string) {
	if !isNamed(root, "Autodiscover") {
		p.refuse("%s", describeRoot(root))
		return facts.Response{}, ""
	}
	p.structure(root, "Autodiscover")
	p.namespace(root, schemaAnswer)
	response := p.choose(children(root, "Response"))
	if response == nil {
		p.refuse("it has nothing usable: its root holds no Response")
		return facts.Response{}, ""
	}
	p.structure(response, "Response")
	return p.response(response)
}

// choose takes the Response of the schema that was asked for, where there are several.
func (p *parser) choose(responses []*etree.Element) *etree.Element {
	if len(responses) == 0 {
		return nil
	}
	if len(responses) > 1 {
		p.notes.add("several responses")
	}
	best := responses[0]
	for _, r := range responses[1:] {
		if rank(r) > rank(best) {
			best = r
		}
	}
	return best
}

func rank(response *etree.Element) int {
	switch {
	case strings.Contains(response.NamespaceURI(), "/outlook/"):
		return 2
	case len(children(response, "Account")) > 0, len(children(response, "Error")) > 0:
		return 1
	}
	return 0
}

func (p *parser) response(e *etree.Element) (facts.Response, string) {
	result := facts.Response{Nodes: []facts.Node{}}
	result.Error = p.autodiscoverError(p.child(e, "Error"))
	account := p.child(e, "Account")
	switch {
	case account == nil && result.Error != nil:
		p.namespace(e, schemaAnswer)
		return result, ""
	case account == nil && isMobileSync(e):
		p.refuse("it is an ActiveSync (mobilesync) answer: it carries no Outlook Anywhere settings%s", describeMobileSync(e))
		return result, ""
	case account == nil:
		p.refuse("it has nothing usable: its Response holds neither an Account nor an Error")
		return result, ""
	case result.Error != nil:
		p.notes.add("error beside an account")
	}
	p.namespace(e, schemaSettings)
	p.structure(account, "Account")
	result.Action = p.value(account, "Action").Value
	result.RedirectAddr = p.value(account, "RedirectAddr").Value
	result.RedirectURL = p.value(account, "RedirectUrl").Value
	result.MicrosoftOnline = strings.EqualFold(p.value(account, "MicrosoftOnline").Value, "true")
	result.Nodes = p.nodes(account)
	p.consistency(result)
	mailbox := ""
	if user := p.child(e, "User"); user != nil {
		mailbox = p.value(user, "AutoDiscoverSMTPAddress").Value
		result.DeploymentID = p.value(user, "DeploymentId").Value
	}
	return result, mailbox
}

// consistency notes where an answer contradicts itself. Content counts, whatever
// Action says.
func (p *parser) consistency(r facts.Response) {
	if r.Action == "" {
		p.notes.add("no action")
	}
	if r.RedirectAddr != "" && !strings.Contains(r.RedirectAddr, "@") {
		p.notes.add("redirect address without @")
	}
	if strings.EqualFold(r.Action, "settings") && r.Redirected() != "" {
		p.notes.add("redirect beside action settings")
	}
	if r.RedirectAddr != "" && r.RedirectURL != "" {
		p.notes.add("two redirects")
	}
}

// autodiscoverError reads an Error element. NoError, which a third party sends, is none.
func (p *parser) autodiscoverError(e *etree.Element) *facts.AutodiscoverError {
	if e == nil {
		return nil
	}
	result := &facts.AutodiscoverError{
		Code:    p.value(e, "ErrorCode").Value,
		Message: p.value(e, "Message").Value,
		ID:      p.attribute(e, "Id").Value,
	}
	if strings.EqualFold(result.Code, "NoError") {
		p.notes.add("error with the code NoError")
		return nil
	}
	if result.Code == "" {
		p.notes.add("error without a code")
	}
	return result
}
