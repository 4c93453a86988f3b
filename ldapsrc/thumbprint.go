package ldapsrc

import (
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// thumbprintsOf decodes a list of thumbprints in which the index before a colon says
// the use; one that stands alone without an index is the current one. Observed in
// Exchange 2013 CU23; later versions are believed the same.
func thumbprintsOf(values []string) []facts.Thumbprint {
	var list []facts.Thumbprint
	for _, raw := range values {
		prefix, rest, indexed := strings.Cut(raw, ":")
		t := facts.Thumbprint{Raw: facts.Present(raw)}
		switch {
		case !indexed && len(values) == 1:
			t = thumbprint(raw, facts.UseCurrent)
		case !indexed:
			t.Problem = "the text has no index, and does not stand alone"
		case prefix == "0":
			t = thumbprint(rest, facts.UseCurrent)
		case prefix == "1":
			t = thumbprint(rest, facts.UsePrevious)
		case prefix == "2":
			t = thumbprint(rest, facts.UseNext)
		default:
			t.Problem = "the index before the colon is none of 0, 1 and 2"
		}
		t.Raw = facts.Present(raw)
		list = append(list, t)
	}
	return list
}

// thumbprintIn decodes an attribute that holds one thumbprint without an index.
func thumbprintIn(text facts.Observed[facts.Text], use string) facts.Observed[facts.Thumbprint] {
	return decode(text, func(t facts.Text) facts.Thumbprint {
		if !t.Present {
			return facts.Thumbprint{}
		}
		return thumbprint(t.Value, use)
	})
}

func thumbprint(raw, use string) facts.Thumbprint {
	hex, ok := stored.ThumbprintHex(raw)
	if !ok {
		return facts.Thumbprint{Raw: facts.Present(raw), Problem: "the text is not forty hexadecimal digits"}
	}
	return facts.Thumbprint{Raw: facts.Present(raw), Use: use, Value: hex}
}
