package render

import (
	"strings"
	"testing"

	"exprobe/rules/report"
)

func TestNothingToRunNeverAcquits(t *testing.T) {
	const acquittal = "# no change is needed\n"
	for outcome, want := range map[report.Outcome]bool{"": true, report.Fail: false, report.Unknown: false} {
		var r report.Report
		if outcome != "" {
			r.Findings = []report.Finding{{Outcome: outcome}}
		}
		if got := strings.Contains(render(t, "powershell", Style{}, &r), acquittal); got != want {
			t.Errorf("with outcome %q it says that no change is needed: %v, want %v", outcome, got, want)
		}
	}
}

func TestAnUnsafeScriptIsLeftOut(t *testing.T) {
	for _, hidden := range []string{"\u202e", "\x1b", "\r", "\u2019", "\u00a0", "\xff"} {
		r := report.Report{Fix: report.Fix{Script: "Set-OutlookProvider EXPR" + hidden + "\n"}}
		got := render(t, "powershell", Style{}, &r)
		if strings.Contains(got, "Set-OutlookProvider") || !strings.Contains(got, "# the script is left out: it holds U+") {
			t.Errorf("with %+q:\n%s", hidden, got)
		}
	}
}
