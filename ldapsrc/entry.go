package ldapsrc

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"exprobe/autodiscover/facts"
)

// maxValue is the longest value that is kept. The longest that is asked for is a
// small XML document.
const maxValue = 64 << 10

// proof are attributes that every object has. Where one of them came back the
// account may read the object, and only then a missing attribute is an absent one.
//
// The class is no proof: objectClass belongs to the property set
// Public-Information (Microsoft, "Active Directory Schema"), which an account may
// be granted alone. These two belong to none.
var proof = []string{"whenCreated", "whenChanged"}

// asking is an attribute list with the class and the proof in front.
func asking(names ...string) []string {
	return append(append([]string{"objectClass"}, proof...), names...)
}

// entry is one object that a search found.
type entry struct{ *ldap.Entry }

// values are all values of an attribute, and whether the server sent it at all. An
// attribute with an option, such as "name;range=0-1499", counts as the plain one.
func (e entry) values(name string) (values []string, present bool) {
	for _, a := range e.Attributes {
		if base, _, _ := strings.Cut(a.Name, ";"); strings.EqualFold(base, name) {
			if values == nil {
				values = a.Values // mostly the only ones, and not copied
			} else {
				values = slices.Concat(values, a.Values)
			}
			present = true
		}
	}
	return values, present
}

func (e entry) readable() bool {
	for _, name := range proof {
		if _, present := e.values(name); present {
			return true
		}
	}
	return false
}

func (e entry) isA(class string) bool {
	classes, _ := e.values("objectClass")
	for _, c := range classes {
		if strings.EqualFold(c, class) {
			return true
		}
	}
	return false
}

// text observes a single-valued text attribute, byte for byte.
func (e entry) text(name string) facts.Observed[facts.Text] {
	unknown := func(format string, args ...any) facts.Observed[facts.Text] {
		return facts.Unknown[facts.Text](fmt.Sprintf("%s of %s ", name, printable(e.DN)) + fmt.Sprintf(format, args...))
	}
	values, present := e.values(name)
	switch {
	case !present && e.readable():
		return facts.Null()
	case !present:
		return facts.Unknown[facts.Text](e.notReadable())
	case e.partial(name):
		return unknown("came in part, and the rest did not come")
	case len(values) == 0:
		return unknown("came without a value")
	case len(values) > 1:
		return unknown("holds %d values where one is expected: %s", len(values), printable(fmt.Sprintf("%q", values)))
	case len(values[0]) > maxValue:
		return unknown("holds %d bytes, more than the %d that are read", len(values[0]), maxValue)
	case !utf8.ValidString(values[0]):
		return unknown("is not UTF-8 text: %s", printable(fmt.Sprintf("%q", values[0])))
	}
	return facts.Say(values[0])
}

// list observes a multi-valued text attribute, in the server's order.
func (e entry) list(name string) facts.Observed[[]string] {
	values, present := e.values(name)
	switch {
	case !present && e.readable():
		return facts.Known[[]string](nil)
	case !present:
		return facts.Unknown[[]string](e.notReadable())
	case e.partial(name):
		return incomplete(values, fmt.Sprintf("%s of %s came in part, and the rest did not come", name, printable(e.DN)))
	}
	for _, v := range values {
		if len(v) > maxValue {
			return facts.Unknown[[]string](fmt.Sprintf("%s of %s holds a value of %d bytes, more than the %d that are read",
				name, printable(e.DN), len(v), maxValue))
		}
		if !utf8.ValidString(v) {
			return facts.Unknown[[]string](fmt.Sprintf("%s of %s holds a value that is not UTF-8 text: %s",
				name, printable(e.DN), printable(fmt.Sprintf("%q", v))))
		}
	}
	return facts.Known(values)
}

func (e entry) notReadable() string {
	return fmt.Sprintf("the account may not read %s: ask for read rights on it", printable(e.DN))
}

// boolean observes a single-valued attribute of the syntax Boolean (2.5.5.8).
func (e entry) boolean(name string) facts.Observed[facts.Switch] {
	return decodeText(e, name, func(text string) (bool, string) {
		switch {
		case strings.EqualFold(text, "TRUE"):
			return true, ""
		case strings.EqualFold(text, "FALSE"):
			return false, ""
		}
		return false, "is neither TRUE nor FALSE"
	})
}

// decodeText decodes a single-valued text attribute, where there is one; the
// decoder says what is wrong with the text, for a reason.
func decodeText[T any](e entry, name string, meaning func(string) (value T, problem string)) facts.Observed[facts.Optional[T]] {
	text := e.text(name)
	switch {
	case !text.Known:
		return facts.Unknown[facts.Optional[T]](text.Why)
	case !text.Value.Present:
		return facts.Known(facts.Optional[T]{})
	}
	value, problem := meaning(text.Value.Value)
	if problem != "" {
		return facts.Unknown[facts.Optional[T]](fmt.Sprintf("%s of %s holds %q, which %s",
			name, printable(e.DN), printable(text.Value.Value), problem))
	}
	return facts.Known(facts.Present(value))
}

// number observes a single-valued attribute of the syntax Integer (2.5.5.9), which
// has 32 bits and a sign.
func (e entry) number(name string) facts.Observed[facts.Number] {
	return decodeText(e, name, func(text string) (int, string) {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return 0, "is not a 32-bit integer"
		}
		return int(n), ""
	})
}

// name is the object's own name, the value of its RDN.
func (e entry) name() string { return nameIn(rdnsOf(e.DN), e.DN) }

// nameIn is the own name of an object whose distinguished name was taken apart.
func nameIn(rdns []ldap.AttributeTypeAndValue, dn string) string {
	if len(rdns) > 0 {
		return rdns[0].Value
	}
	return dn
}

// rdnsOf takes a distinguished name apart, leaf first; nil where it is not one. The
// names of a large organization are nearly all plain, and those need no parser.
func rdnsOf(dn string) []ldap.AttributeTypeAndValue {
	if rdns, ok := plainRDNs(dn); ok {
		return rdns
	}
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return nil
	}
	var rdns []ldap.AttributeTypeAndValue
	for _, rdn := range parsed.RDNs {
		if len(rdn.Attributes) == 0 {
			return nil
		}
		rdns = append(rdns, *rdn.Attributes[0])
	}
	return rdns
}

// plainRDNs takes a distinguished name apart in which no character has a meaning but
// "," and "=", and no blank stands beside those; any other is not its business.
func plainRDNs(dn string) (rdns []ldap.AttributeTypeAndValue, ok bool) {
	if dn == "" || !utf8.ValidString(dn) || strings.ContainsAny(dn, "\\+\"#<>;\x00\r\n\t") {
		return nil, false
	}
	rdns = make([]ldap.AttributeTypeAndValue, 0, 1+strings.Count(dn, ","))
	for part := range strings.SplitSeq(dn, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found || name == "" || value == "" || strings.Contains(value, "=") || strings.Contains(name, " ") ||
			value[0] == ' ' || value[len(value)-1] == ' ' {
			return nil, false
		}
		rdns = append(rdns, ldap.AttributeTypeAndValue{Type: name, Value: value})
	}
	return rdns, true
}

// under says whether one distinguished name lies below another.
func under(dn, base string) bool {
	child, err1 := ldap.ParseDN(dn)
	parent, err2 := ldap.ParseDN(base)
	return err1 == nil && err2 == nil && parent.AncestorOfFold(child)
}

// compareFold orders texts without regard to case, and those that differ in
// nothing else by their bytes. Names are compared often, and hardly ever hold
// anything but ASCII, so that is compared without a copy.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x >= utf8.RuneSelf || y >= utf8.RuneSelf {
			return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
		}
		if c := cmp.Compare(lower(x), lower(y)); c != 0 {
			return c
		}
	}
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// lower is an ASCII letter in lower case, and any other byte as it is.
func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}

// incomplete is a fact of which a part was seen.
func incomplete[T any](part T, why string) facts.Observed[T] {
	o := facts.Unknown[T](why)
	o.Value = part
	return o
}
