package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"exprobe/rules/report"
)

// writePowerShell writes the script of the fix. Where there is none, or where it
// is not safe to show, it writes comments that say so: running them does nothing.
func writePowerShell(w io.Writer, r *report.Report) error {
	if r.Fix.Script == "" {
		return write(w, comments(r, nothingToRun(r)))
	}
	if hidden, found := hiddenIn(r.Fix.Script); found {
		why := fmt.Sprintf("the script is left out: it holds U+%04X, and only printable ASCII is safe to run", hidden)
		return write(w, comments(r, []string{why}))
	}
	return write(w, strings.TrimSuffix(r.Fix.Script, "\n")+"\n"+waived(r))
}

// waived lists what is accepted for a time, as comments: a script that leaves a
// finding alone says so.
func waived(r *report.Report) string {
	var b strings.Builder
	for _, f := range r.Findings {
		if f.Waiver == nil {
			continue
		}
		subject := f.Subject.Name
		if f.Subject.Address != "" {
			subject += " at " + f.Subject.Address
		}
		fmt.Fprintf(&b, "# %s\n", comment(f.Rule+", "+subject+": "+waiver(f)))
	}
	return b.String()
}

// nothingToRun says why a report has no script. "No change is needed" is said
// only where everything was seen.
func nothingToRun(r *report.Report) []string {
	var failed, unknown, waived int
	for _, f := range r.Findings {
		switch f.Outcome {
		case report.Fail:
			failed++
		case report.Unknown:
			unknown++
		case report.Waived:
			waived++
		}
	}
	var lines []string
	for _, refused := range r.Fix.Refused {
		lines = append(lines, "no command for "+refused.Provider+": "+refused.Why)
		if refused.Next != "" {
			lines = append(lines, "  next: "+refused.Next)
		}
	}
	for _, kept := range r.Fix.Kept {
		lines = append(lines, "the value of "+kept.Provider+" is kept: "+kept.Why)
	}
	switch {
	case len(r.Fix.Refused) > 0:
	case failed > 0:
		lines = append(lines, "no command mends what was found; the text report says what it is")
	case unknown > 0:
		lines = append(lines, "nothing wrong was seen, but not everything could be seen; the text report says what")
	case waived > 0:
		lines = append(lines, "no change is needed beside what is waived")
	default:
		lines = append(lines, "no change is needed")
	}
	return lines
}

// comments writes each line as one comment. The blank after "#" keeps a text that
// begins with "requires" from becoming a statement, and the words in front of
// every value keep "SIG # Begin signature block" from becoming a signature.
func comments(r *report.Report, lines []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", comment(fmt.Sprintf("written by %s %s, as of %s", r.Tool.Name, r.Tool.Version, r.TakenAt.UTC().Format(time.RFC3339))))
	b.WriteString("# nothing to run\n")
	for _, line := range lines {
		b.WriteString("# " + comment(line) + "\n")
	}
	b.WriteString(waived(r))
	return b.String()
}

// hiddenIn finds a character with which a script could look other than it runs, or
// that Windows PowerShell would read in the code page of the machine. The writer
// of the script keeps to printable ASCII; this is the second lock.
func hiddenIn(script string) (rune, bool) {
	for _, r := range script {
		if r != '\n' && r != '\t' && (r < ' ' || r > '~') {
			return r, true
		}
	}
	return 0, false
}
