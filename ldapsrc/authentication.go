package ldapsrc

import "exprobe/autodiscover/facts"

// Exchange stores authentication methods in two encodings. The flags are those of
// Microsoft's own collector scripts; the ordinals were observed in Exchange 2013
// CU23.

// method is one authentication method in both encodings.
type method struct {
	name    string
	flag    uint32
	ordinal int
}

var methods = [...]method{
	{"Basic", 1, 0},
	{"Ntlm", 2, 2},
	{"Fba", 4, 3},
	{"Digest", 8, 1},
	{"WindowsIntegrated", 16, 4},
	{"LiveIdFba", 32, 5},
	{"LiveIdBasic", 64, 6},
	{"WSSecurity", 128, 7},
	{"Certificate", 256, 8},
	{"NegoEx", 512, 9},
	{"OAuth", 1024, 10},
	{"Adfs", 2048, 11},
	{"Kerberos", 4096, 12},
	{"Negotiate", 8192, 13},
	{"LiveIdNegotiate", 16384, 14},
}

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
	for _, m := range methods {
		if m.ordinal == n.Value {
			return m.name
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
	bits := make([]bit, len(methods))
	for i, m := range methods {
		bits[i] = bit{m.flag, m.name}
	}
	return bitNames(flags, bits)
}
