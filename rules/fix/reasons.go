package fix

import (
	"fmt"
	"slices"
	"strings"
)

// reasons collects what is wrong with certificates, each reason once with every
// place that it is true of.
type reasons struct {
	order  []string
	places map[string][]string
}

func (r *reasons) add(c sighting, why string) {
	if r.places == nil {
		r.places = map[string][]string{}
	}
	place := c.host + " at " + c.address
	if !slices.Contains(r.order, why) {
		r.order = append(r.order, why)
	}
	r.places[why] = append(r.places[why], place)
}

// String writes "place, place: reason; place: reason", or "" for none.
func (r *reasons) String() string {
	var parts []string
	for _, why := range r.order {
		parts = append(parts, list(r.places[why], ", ")+": "+why)
	}
	return list(parts, "; ")
}

// list joins parts into one text and counts what is beyond the first few.
func list(parts []string, separator string) string {
	const most = 8
	if len(parts) > most {
		return strings.Join(parts[:most], separator) + fmt.Sprintf("%sand %d more", separator, len(parts)-most)
	}
	return strings.Join(parts, separator)
}
