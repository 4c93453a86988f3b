package ldapsrc

import (
	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// misconfigured is what Exchange shows for a value that it does not know.
const misconfigured = "Misconfigured"

// externalMethod decodes the one method offered outside: a single flag, of which
// Outlook Anywhere knows four. It is empty where nothing is stored.
func externalMethod(n facts.Number) string {
	if !n.Present {
		return ""
	}
	switch n.Value {
	case 1:
		return "Basic"
	case 2:
		return "Ntlm"
	case 512:
		return "NegoEx"
	case 8192:
		return "Negotiate"
	}
	return misconfigured
}

// internalMethod decodes the one method offered inside: an ordinal. Where nothing
// is stored it is Ntlm, Exchange's default.
func internalMethod(n facts.Number) string {
	if !n.Present {
		return "Ntlm"
	}
	for _, m := range stored.Methods() {
		if m.Ordinal == n.Value {
			return m.Name
		}
	}
	return misconfigured
}

// iisMethods decodes what IIS accepts: flags. None means the default. Bits without
// a name are kept as one number.
func iisMethods(n facts.Number) []string {
	rest := uint32(n.Value)
	if rest == 0 {
		return []string{"Basic", "Ntlm", "Negotiate"}
	}
	return methodNames(rest)
}

// methodFlags decodes the methods of every other virtual directory: flags, of which
// none is none.
func methodFlags(n facts.Number) facts.Flags {
	return facts.Flags{Raw: n, Names: methodNames(uint32(n.Value))}
}

func methodNames(flags uint32) []string {
	methods := stored.Methods()
	bits := make([]bit, len(methods))
	for i, m := range methods {
		bits[i] = bit{m.Flag, m.Name}
	}
	return bitNames(flags, bits)
}
