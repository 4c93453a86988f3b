package rules

import (
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// renewBefore is how long before its end a certificate that Exchange signs itself
// should be renewed: its renewal takes steps by hand, and the script
// MonitorExchangeAuthCertificate acts at 60 days too (Microsoft CSS-Exchange).
const renewBefore = 60 * 24 * time.Hour

// judgeThumbprint judges the dates of a certificate that the directory knows by its
// thumbprint alone. No verdict where none is stored, and where nobody looked for it.
func judgeThumbprint(s *facts.Snapshot, t facts.Thumbprint) report.Verdict {
	stored := report.Evidence{Name: "the directory stores", Value: t.Raw.Value}
	if t.Problem != "" {
		return report.Verdict{Outcome: report.Unknown, Message: t.Problem, Evidence: []report.Evidence{stored}}
	}
	if t.Value == "" {
		return report.Verdict{}
	}
	if c, ok := byThumbprint(s, t.Value); ok {
		evidence := append([]report.Evidence{stored}, datesEvidence(c)...)
		switch left := c.NotAfter.Sub(s.TakenAt); {
		case c.Unreadable != "":
			return report.Verdict{Outcome: report.Unknown, Message: "the certificate could not be parsed: " + c.Unreadable}
		case left < 0:
			return report.Verdict{Outcome: report.Fail, Message: "the certificate expired on " + day(c.NotAfter), Evidence: evidence}
		case left < renewBefore:
			return report.Verdict{Outcome: report.Fail, Evidence: evidence,
				Message: "the certificate expires on " + day(c.NotAfter) + ", in " + plural(int(left.Hours()/24), "day")}
		}
		return report.Verdict{Outcome: report.Pass}
	}
	switch {
	case s.Certificates.Known:
		return report.Verdict{Outcome: report.Fail, Message: "no server holds the certificate " + t.Value, Evidence: []report.Evidence{stored}}
	case s.Certificates.Asked():
		return report.Verdict{Outcome: report.Unknown, Message: s.Certificates.Why}
	}
	return report.Verdict{}
}

// byThumbprint is the certificate that was seen with this thumbprint.
func byThumbprint(s *facts.Snapshot, thumbprint string) (c facts.Certificate, ok bool) {
	seen, _ := seenCertificates(s)
	for _, c := range seen {
		if strings.EqualFold(c.Thumbprint, thumbprint) {
			return c, true
		}
	}
	return c, false
}
