package ldaptest

import (
	"fmt"
	"strconv"
	"strings"
)

// wantsFrom is the first value that the client asks for by range, such as
// "member;range=1500-*" (MS-ADTS 3.1.1.3.1.3.3). Its end is the server's affair: a
// range may be answered in part.
func (q query) wantsFrom(name string) (from int, ok bool) {
	for _, want := range q.attributes {
		base, option, _ := strings.Cut(want, ";")
		bounds, isRange := strings.CutPrefix(strings.ToLower(option), "range=")
		if !isRange || !strings.EqualFold(base, name) {
			continue
		}
		first, _, _ := strings.Cut(bounds, "-")
		from, err := strconv.Atoi(first)
		return from, err == nil && from >= 0
	}
	return 0, false
}

// ranged is the part of an attribute from one value on, as long as the limit allows.
// The last part's range ends in a star.
func ranged(a attribute, from, limit int) (name string, values []string) {
	end := len(a.values)
	if limit > 0 && from+limit < end {
		end = from + limit
		return fmt.Sprintf("%s;range=%d-%d", a.name, from, end-1), a.values[from:end]
	}
	return fmt.Sprintf("%s;range=%d-*", a.name, from), a.values[from:]
}
