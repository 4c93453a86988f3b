package autodiscover

import (
	"fmt"
	"slices"

	"exprobe/autodiscover/facts"
)

// ReadAnswer reads a saved answer, such as one from Outlook's Test E-mail
// AutoConfiguration. The name, a file's, stands for the URL. What was asked is
// inferred from the content, and the mailbox is the one that the answer names.
//
// Where the document is refused, the error says why, and the answer is still whole:
// it carries the same reason as a fact, for a caller that goes on.
func ReadAnswer(name string, data []byte) (facts.Answer, error) {
	answer := facts.Answer{Step: facts.StepFile, URL: name}
	response, mailbox, err := parse(data)
	if err != nil {
		answer.Response = facts.Unknown[facts.Response](err.Error())
		return answer, fmt.Errorf("reading %s: %w", name, err)
	}
	answer.Mailbox = mailbox
	answer.View = viewOf(response.Nodes)
	answer.Response = facts.Known(response)
	return answer, nil
}

// viewOf infers what was asked from what was answered. A server that was shown the
// MAPI/HTTP capability leaves EXCH and EXPR out and may send EXHTTP, whose
// CertPrincipalName is then missing for that reason alone (MS-OXDSCLI
// 2.2.4.1.1.2.6; the EXHTTP part observed in Exchange 2013 CU23). So EXHTTP shows
// the RPC/HTTP view only where there is no mapiHttp node beside it.
func viewOf(nodes []facts.Node) facts.View {
	has := func(kind string) bool {
		return slices.ContainsFunc(nodes, func(n facts.Node) bool { return n.Is(kind) })
	}
	switch {
	case has(facts.NodeEXPR), has(facts.NodeEXCH):
		return facts.ViewRPC
	case has(facts.NodeMapi):
		return facts.ViewMapi
	case has(facts.NodeEXHTTP):
		return facts.ViewRPC
	}
	return facts.ViewUnknown
}
