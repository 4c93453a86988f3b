package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"exprobe/rules/report"
)

// writeText writes the report for a reader at a terminal: what must be known
// first, the table, the verdict and the fix, then everything that they rest on.
func writeText(w io.Writer, r *report.Report, style Style) error {
	p := newPage(style)
	for _, warning := range r.Warnings {
		p.painted(0, 2, "warning:", yellow, " "+warning)
	}
	writePrincipals(p, r.Principals)
	writeVerdict(p, r)
	writeFix(p, r)
	writeFindings(p, r.Findings)
	writeNotSeen(p, r.Findings)
	if len(r.Notes) > 0 {
		p.section("Notes")
		for _, note := range r.Notes {
			p.para(2, 4, note)
		}
	}
	writeSummary(p, r)
	return write(w, p.b.String())
}

func writeVerdict(p *page, r *report.Report) {
	p.section("")
	p.para(0, 2, "Verdict: "+verdict(r))
}

func verdict(r *report.Report) string {
	bySeverity := map[report.Severity]int{}
	var failed, unknown, waived int
	for _, f := range r.Findings {
		switch f.Outcome {
		case report.Fail:
			failed++
			bySeverity[f.Severity]++
		case report.Unknown:
			unknown++
		case report.Waived:
			waived++
		}
	}
	if failed == 0 && unknown > 0 {
		return "nothing wrong was seen, but " + count(unknown, "check", "checks") + " could not be made."
	}
	parts := []string{"no findings"}
	if failed > 0 {
		parts = []string{
			count(bySeverity[report.Error], "error", "errors"),
			count(bySeverity[report.Warning], "warning", "warnings"),
		}
	}
	if n := bySeverity[report.Info]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d info", n))
	}
	if waived > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", waived))
	}
	text := strings.Join(parts, ", ") + "."
	if hosts := refusedHosts(r.Principals); len(hosts) > 0 {
		text += " Outlook Anywhere clients refuse " + enumerate(hosts) + "."
	}
	if unknown > 0 {
		text += " " + count(unknown, "check", "checks") + " could not be made."
	}
	return text
}

// refusedHosts are the hosts whose certificate is not the one that is demanded.
func refusedHosts(rows []report.Principal) []string {
	var hosts []string
	for _, r := range rows {
		if r.Match == "mismatch" && !slices.Contains(hosts, r.Host) {
			hosts = append(hosts, r.Host)
		}
	}
	return hosts
}

// enumerate writes a few names as a sentence would, and counts the rest.
func enumerate(names []string) string {
	const few = 3
	last := ""
	if len(names) > few {
		last = fmt.Sprintf("%d more", len(names)-few)
		names = names[:few]
	} else {
		last = names[len(names)-1]
		names = names[:len(names)-1]
	}
	if len(names) == 0 {
		return last
	}
	return strings.Join(names, ", ") + " and " + last
}

func writeFindings(p *page, findings []report.Finding) {
	listed := slices.DeleteFunc(slices.Clone(findings), func(f report.Finding) bool { return f.Outcome == report.Unknown })
	if len(listed) == 0 {
		return
	}
	slices.SortStableFunc(listed, func(a, b report.Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	p.section("Findings")
	for _, f := range listed {
		about := " " + f.Rule + ": " + subject(f.Subject)
		if f.Outcome != report.Fail {
			about = " (" + string(f.Outcome) + ")" + about
		}
		p.painted(2, 4, string(f.Severity), severityColor(f.Severity), about)
		p.para(6, 8, f.Message)
		writeObject(p, f.Subject)
		writeEvidence(p, f.Evidence)
	}
}

// writeNotSeen groups the findings that say that something could not be seen: one
// dead host blinds many rules, and is told once.
func writeNotSeen(p *page, findings []report.Finding) {
	type key struct {
		subject report.Subject
		message string
	}
	type group struct {
		key
		rules    []string
		evidence []report.Evidence
	}
	var groups []*group
	known := map[key]*group{}
	for _, f := range findings {
		if f.Outcome != report.Unknown {
			continue
		}
		k := key{f.Subject, f.Message}
		g := known[k]
		if g == nil {
			g = &group{key: k}
			known[k] = g
			groups = append(groups, g)
		}
		if !slices.Contains(g.rules, f.Rule) {
			g.rules = append(g.rules, f.Rule)
		}
		for _, e := range f.Evidence {
			if !slices.Contains(g.evidence, e) {
				g.evidence = append(g.evidence, e)
			}
		}
	}
	if len(groups) == 0 {
		return
	}
	p.section("Not seen")
	for _, g := range groups {
		p.para(2, 4, subject(g.subject))
		p.para(6, 8, g.message)
		writeObject(p, g.subject)
		writeEvidence(p, g.evidence)
		p.para(6, 8, "blind: "+strings.Join(g.rules, ", "))
	}
}

func writeEvidence(p *page, evidence []report.Evidence) {
	for _, e := range evidence {
		p.para(6, 8, e.Name+": "+edges(e.Value))
	}
}

func subject(s report.Subject) string {
	text := s.Kind + " " + s.Name
	if s.Address != "" {
		text += " at " + s.Address
	}
	if s.Provider != "" && s.Provider != s.Name {
		text += ", provider " + s.Provider
	}
	return text
}

// writeObject names the directory object that a subject concerns.
func writeObject(p *page, s report.Subject) {
	if s.DN != "" {
		p.para(6, 8, "in the directory: "+s.DN)
	}
}

func severityColor(s report.Severity) color {
	switch s {
	case report.Error:
		return red
	case report.Warning:
		return yellow
	}
	return cyan
}

func writeSummary(p *page, r *report.Report) {
	var pass, fail, unknown int
	for _, t := range r.Tally {
		pass, fail, unknown = pass+t.Pass, fail+t.Fail, unknown+t.Unknown
	}
	p.section("")
	p.para(0, 2, fmt.Sprintf("%s passed, %d failed, %d unknown; as of %s",
		count(pass, "check", "checks"), fail, unknown, r.TakenAt.UTC().Format(time.RFC3339)))
	p.para(0, 2, fmt.Sprintf("status %d: %s", r.Exit.Code, r.Exit.Name))
}
