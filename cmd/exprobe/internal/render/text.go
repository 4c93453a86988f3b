package render

import (
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
	writeExpectation(p, r.Expect)
	writePrincipals(p, r.Principals)
	writeVerdict(p, r)
	writeFix(p, r)
	writeFindings(p, r.Findings)
	writeNotSeen(p, r.Findings)
	writeLookUps(p, r.LookUps)
	writeServed(p, r.Served)
	if len(r.Notes) > 0 {
		p.section("Notes")
		for _, note := range r.Notes {
			p.para(2, 4, note)
		}
	}
	writeSummary(p, r)
	return write(w, p.b.String())
}

// fewHosts is how many hosts the verdict names before it counts the rest; the
// table and the findings name them all.
const fewHosts = 3

func writeVerdict(p *page, r *report.Report) {
	p.section("")
	p.para(0, 2, "Verdict: "+verdict(r))
	writeBaseline(p, r.Baseline)
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
	if failed == 0 && unknown > 0 && waived == 0 {
		if passed(r) == 0 {
			return "nothing could be judged: " + count(unknown, "check", "checks") + " could not be made."
		}
		wrong := "nothing wrong was seen"
		if r.Baseline != nil {
			wrong = "nothing new was seen to be wrong"
		}
		return wrong + ", but " + count(unknown, "check", "checks") + " could not be made."
	}
	parts := []string{"no findings"}
	if r.Baseline != nil {
		parts = []string{"no new findings"}
	}
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
		if len(hosts) > fewHosts {
			hosts = append(hosts[:fewHosts], fmt.Sprintf("%d more", len(hosts)-fewHosts))
		}
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
	for _, g := range group(rows, func(r report.Principal) string { return r.Host }) {
		if slices.ContainsFunc(g, func(r report.Principal) bool { return r.Match == "mismatch" }) {
			hosts = append(hosts, g[0].Host)
		}
	}
	return hosts
}

func writeSummary(p *page, r *report.Report) {
	pass, fail, unknown, waived := passed(r), 0, 0, 0
	for _, t := range r.Tally {
		fail, unknown, waived = fail+t.Fail, unknown+t.Unknown, waived+t.Waived
	}
	p.section("")
	text := fmt.Sprintf("%s passed, %d failed, %d unknown", count(pass, "check", "checks"), fail, unknown)
	if waived > 0 {
		text += fmt.Sprintf(", %d waived", waived)
	}
	p.para(0, 2, text+"; as of "+r.TakenAt.UTC().Format(time.RFC3339))
	status := fmt.Sprintf("status %d: %s", r.Exit.Code, r.Exit.Name)
	switch {
	case r.Exit == report.Clean && r.Baseline != nil && r.Baseline.Failed+r.Baseline.Unknown > 0:
		status += " but for what was there before"
	case r.Exit == report.Clean && fail > 0:
		status += " at this threshold"
	}
	p.para(0, 2, status)
}

func passed(r *report.Report) (pass int) {
	for _, t := range r.Tally {
		pass += t.Pass
	}
	return pass
}
