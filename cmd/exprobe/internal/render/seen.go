package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"exprobe/rules/report"
)

// maxServed is how many rows of the inventory are shown; JSON holds all of them.
const maxServed = 60

// outcomes are the words for what a client makes of a step.
var outcomes = map[string]string{
	"settings": "a client takes these settings",
	"prompt":   "a client stops and asks the user",
	"next":     "a client goes on",
	"stop":     "a client stops here with something unusable",
	"unknown":  "not seen",
	"skipped":  "not asked",
}

// writeLookUps writes the steps of each look-up in Outlook's order, so that the one
// that wins is seen beside those that would do otherwise.
func writeLookUps(p *page, list []report.LookUp) {
	for _, l := range list {
		p.section("")
		p.para(0, 2, "Autodiscover look-up for "+cmp.Or(l.Mailbox, l.Domain))
		won := false
		for i, step := range l.Steps {
			word := cmp.Or(outcomes[step.Outcome], step.Outcome)
			c := color("")
			if !won && step.Outcome == "settings" && step.URL == l.Wins {
				won, c = true, green
				word += " today"
			} else if won && step.Outcome == "settings" {
				word = "would give settings too"
			}
			p.para(2, 5, fmt.Sprintf("%d. %s  %s", i+1, step.Kind, step.URL))
			text := ""
			if step.Why != "" {
				text = ": " + step.Why
			}
			p.painted(5, 7, word, c, text)
			if accepted := acceptedBy(step); len(accepted) > 0 {
				p.para(5, 7, "who signs in there may use "+strings.Join(accepted, ", "))
			}
		}
	}
}

// acceptedBy lists what the servers of a step offer to who signs in, each once.
func acceptedBy(step report.Step) []string {
	var list []string
	for _, r := range step.Requests {
		for _, scheme := range r.Schemes {
			if !slices.Contains(list, scheme) {
				list = append(list, scheme)
			}
		}
	}
	return list
}

// writeServed writes the inventory of certificates: hosts that serve the same in
// the same way are told together.
func writeServed(p *page, rows []report.Served) {
	if len(rows) == 0 {
		return
	}
	p.section("Served")
	same := group(rows, func(r report.Served) string {
		return strings.Join([]string{r.Host, fmt.Sprint(r.Port), r.CommonName, r.Thumbprint, r.Version, r.To, r.Note}, "\x00")
	})
	for _, g := range same[:min(len(same), maxServed)] {
		r := g[0]
		p.para(2, 4, hostLabel(r.Host, r.Port)+" at "+enumerate(addressesOf(g)))
		if r.NotAfter == nil {
			p.para(4, 6, r.Note)
			continue
		}
		name := "no common name"
		if r.CommonName != "" {
			name = "CN " + value(r.CommonName)
		}
		text := name + ", until " + r.NotAfter.UTC().Format("2006-01-02") + ", " + r.Version
		text = strings.TrimSuffix(text, ", ")
		if r.To != "" {
			text += ", " + r.To
		}
		p.para(4, 6, text)
	}
	if hidden := len(same) - maxServed; hidden > 0 {
		p.para(2, 4, "and "+count(hidden, "more", "more")+": --format json shows them all")
	}
}

// addressesOf lists the addresses of rows, each once, with the servers that are known
// to be behind it.
func addressesOf(rows []report.Served) []string {
	var list []string
	for _, same := range group(rows, func(r report.Served) string { return r.Address }) {
		text := cmp.Or(same[0].Address, wordNotSeen)
		var servers []string
		for _, r := range same {
			if r.Node != "" && !slices.Contains(servers, r.Node) {
				servers = append(servers, r.Node)
			}
		}
		if len(servers) > 0 {
			text += " (" + strings.Join(servers, ", ") + ")"
		}
		list = append(list, text)
	}
	return list
}

func hostLabel(host string, port int) string {
	if port == 443 {
		return host
	}
	return fmt.Sprintf("%s:%d", host, port)
}
