package ldapsrc

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// maxRanges is the most further ranges that one section asks for. A domain
// controller sends 1500 values at a time (MaxValRange, MS-ADTS 3.1.1.3.4.6), and no
// list that is read here is expected to have as many.
const maxRanges = 50

// valueRange is the option of an attribute that came in part, such as
// "keywords;range=0-1499"; the last part's ends in "*" (MS-ADTS 3.1.1.3.1.3.3).
type valueRange struct {
	low, high int
	last      bool // high is "*"
}

// rangeOf takes the range out of an attribute description.
func rangeOf(description string) (name string, r valueRange, ok bool) {
	name, options, _ := strings.Cut(description, ";")
	for option := range strings.SplitSeq(options, ";") {
		key, bounds, _ := strings.Cut(option, "=")
		if !strings.EqualFold(key, "range") {
			continue
		}
		first, end, found := strings.Cut(bounds, "-")
		low, ok1 := index(first)
		high, ok2 := index(end)
		if end == "*" {
			return name, valueRange{low: low, last: true}, found && ok1
		}
		return name, valueRange{low: low, high: high}, found && ok1 && ok2 && low <= high
	}
	return name, valueRange{}, false
}

// index reads a decimal number without a sign.
func index(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil
}

// complete asks for the rest of every attribute that came in part. One whose rest
// does not come keeps its option, and no list or text is read out of it.
func (f *forest) complete(ctx context.Context, entries []entry) {
	left := maxRanges
	for _, e := range entries {
		for _, a := range e.Attributes {
			name, r, ok := rangeOf(a.Name)
			ok = ok && r.low == 0
			for ok && !r.last && left > 0 {
				left--
				var values []string
				if values, r, ok = f.rest(ctx, e, name, r.high+1); ok {
					a.Values = append(a.Values, values...)
				}
			}
			if ok && r.last {
				a.Name = name
			}
		}
	}
}

// rest asks for the values of an attribute from one on.
func (f *forest) rest(ctx context.Context, e entry, name string, from int) ([]string, valueRange, bool) {
	got, err := f.search(ctx, query{
		base:       e.DN,
		scope:      ldap.ScopeBaseObject,
		filter:     everything,
		attributes: []string{fmt.Sprintf("%s;range=%d-*", name, from)},
	})
	if err != nil || len(got.entries) != 1 {
		return nil, valueRange{}, false
	}
	for _, a := range got.entries[0].Attributes {
		same, r, ok := rangeOf(a.Name)
		if ok && strings.EqualFold(same, name) && r.low == from && len(a.Values) > 0 {
			return a.Values, r, true
		}
	}
	return nil, valueRange{}, false
}

// partial says whether values of the attribute are known to be missing, or its range
// cannot be read.
func (e entry) partial(name string) bool {
	for _, a := range e.Attributes {
		base, options, some := strings.Cut(a.Name, ";")
		if some && strings.EqualFold(base, name) && strings.Contains(";"+strings.ToLower(options), ";range=") {
			return true
		}
	}
	return false
}
