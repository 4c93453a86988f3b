package ldapsrc

import (
	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// publishedIn decodes a host name attribute of a virtual directory.
func publishedIn(text facts.Observed[facts.Text]) facts.Observed[facts.PublishedURL] {
	return decode(text, func(t facts.Text) facts.PublishedURL {
		if !t.Present {
			return facts.PublishedURL{}
		}
		return stored.Published(t.Value)
	})
}
