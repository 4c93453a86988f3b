package stored

import (
	"strings"

	"exprobe/autodiscover/facts"
)

// TLSCertificateName splits "<I>issuer<S>subject" for display. The issuer may be left
// out and holds no "<"; the subject holds a CN (observed in Exchange 2013 CU23). The
// names stay as they are: .NET and not RFC 4514 wrote them.
func TLSCertificateName(raw string) facts.TLSCertificateName {
	n := facts.TLSCertificateName{Raw: facts.Present(raw)}
	wrong := func(problem string) facts.TLSCertificateName {
		return facts.TLSCertificateName{Raw: n.Raw, Problem: problem}
	}
	if raw == "" {
		return wrong("the text is empty")
	}
	if _, ok := ThumbprintHex(raw); ok {
		return wrong("the text is a thumbprint, where <I>issuer<S>subject is expected")
	}
	before, subject, ok := strings.Cut(raw, "<S>")
	if !ok {
		return wrong("the text has no <S>, after which the subject stands")
	}
	n.Subject = subject
	if before != "" {
		if n.Issuer, ok = strings.CutPrefix(before, "<I>"); !ok {
			return wrong("the text does not begin with <I> or <S>")
		}
		if n.Issuer == "" {
			return wrong("no issuer stands after <I>")
		}
	}
	switch {
	case strings.Contains(n.Issuer, "<"):
		return wrong("the issuer holds a <")
	case !holdsCN(n.Subject):
		return wrong("the subject holds no CN")
	}
	return n
}

// holdsCN says whether a name as .NET writes it has a common name: an RDN that
// begins the text or follows a comma or a plus sign outside double quotes.
func holdsCN(name string) bool {
	quoted, start := false, true
	for i := range len(name) {
		c := name[i]
		switch {
		case c == '"':
			quoted = !quoted
			start = false
		case quoted:
		case c == ',' || c == '+':
			start = true
		case start && c != ' ':
			if rest := name[i:]; len(rest) > len("CN=") && strings.EqualFold(rest[:len("CN=")], "CN=") {
				return true
			}
			start = false
		}
	}
	return false
}

// ThumbprintHex is a SHA-1 in upper case, as Windows writes it.
func ThumbprintHex(text string) (string, bool) {
	if len(text) != 40 || strings.Trim(text, "0123456789abcdefABCDEF") != "" {
		return "", false
	}
	return strings.ToUpper(text), true
}
