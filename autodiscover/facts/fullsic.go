package facts

import (
	"fmt"
	"slices"
	"strings"
)

// chainOf takes the names of a fullsic principal apart, root first: names as RFC 1779
// writes them, in angle brackets, each behind a backslash; a backslash inside is
// doubled. Microsoft's page also shows one pair of brackets around all of them (Win32
// documentation, "Principal Names"), and that is taken too.
func chainOf(text string) (names []string, why string) {
	if inner, ok := strings.CutPrefix(text, `\<\`); ok {
		if inner, ok = strings.CutSuffix(inner, ">"); !ok {
			return nil, "its last angle bracket is missing"
		}
		names = splitBackslashes(inner)
	} else {
		for rest := text; rest != ""; {
			name, ok := strings.CutPrefix(rest, `\<`)
			if !ok {
				return nil, `its names do not stand as \<name>\<name>`
			}
			if name, rest, ok = cutBracket(name); !ok {
				return nil, "its last angle bracket is missing"
			}
			names = append(names, strings.ReplaceAll(name, `\\`, `\`))
		}
	}
	if len(names) == 0 {
		return nil, "it holds no name"
	}
	for _, name := range names {
		if _, ok := nameParts(name); !ok {
			return nil, "one of its names is not a distinguished name"
		}
	}
	return names, ""
}

// cutBracket cuts at the closing bracket, unless that stands in quotation marks.
func cutBracket(text string) (before, after string, ok bool) {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '>' && !quoted:
			return text[:i], text[i+1:], true
		}
	}
	return "", "", false
}

// splitBackslashes splits at single backslashes; two stand for one.
func splitBackslashes(text string) []string {
	const stand = "\x00"
	names := strings.Split(strings.ReplaceAll(text, `\\`, stand), `\`)
	for i := range names {
		names[i] = strings.ReplaceAll(names[i], stand, `\`)
	}
	return names
}

// MatchServed is Match with all that an address serves: a name of the form fullsic is
// compared with the whole chain, name by name, from the certificate up. It matches
// where the root was seen too; where the chain cannot be followed to its root it is
// undecidable, and a name that differs before that is a mismatch.
func (p Principal) MatchServed(s Served) (m Match, why string) {
	if p.Form != FullSIC {
		return p.Match(s.Leaf())
	}
	if leaf := s.Leaf(); leaf.Unreadable != "" {
		return Undecidable, "the certificate could not be parsed: " + leaf.Unreadable
	}
	_, text, _ := strings.Cut(p.Text, ":")
	demanded, _ := chainOf(text)
	slices.Reverse(demanded)
	seen, whole := s.ChainNames()
	for i := range min(len(demanded), len(seen)) {
		switch compareNames(demanded[i], seen[i]) {
		case nameReversed:
			return Undecidable, fmt.Sprintf("the parts of %s stand in the opposite order in the certificate, and which order counts is not documented", demanded[i])
		case nameDiffers:
			return Mismatch, fmt.Sprintf("%s is demanded where the chain has %s", demanded[i], seen[i])
		}
	}
	switch {
	case len(demanded) < len(seen):
		return Mismatch, fmt.Sprintf("the chain goes on to %s, which the name does not hold", seen[len(demanded)])
	case !whole:
		return Undecidable, "every name that was seen is as demanded, and the chain could not be followed to its root"
	case len(demanded) > len(seen):
		return Mismatch, fmt.Sprintf("%s is demanded, and the chain ends before it", demanded[len(seen)])
	}
	return Matches, ""
}

// ChainNames are the subjects of the chain from the certificate up, along its issuers:
// the order in which certificates were sent does not matter, and a root need not be
// sent. whole says that the last name is the root's.
func (s Served) ChainNames() (names []string, whole bool) {
	if len(s.Chain) == 0 {
		return nil, false
	}
	above := slices.Clone(s.Chain[1:])
	at := s.Chain[0]
	for {
		names = append(names, at.Subject)
		if at.SelfSigned || at.Subject != "" && SameName(at.Subject, s.Trust.Value.Root) {
			return names, true
		}
		next := slices.IndexFunc(above, func(c Certificate) bool { return SameName(c.Subject, at.Issuer) })
		if next < 0 {
			break
		}
		at = above[next]
		above = slices.Delete(above, next, next+1)
	}
	if at.Issuer != "" {
		names = append(names, at.Issuer)
	}
	return names, SameName(at.Issuer, s.Trust.Value.Root)
}
