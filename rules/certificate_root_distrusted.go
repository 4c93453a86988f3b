package rules

import (
	"slices"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var certificateRootDistrusted = Rule{
	ID:       "certificate-root-distrusted",
	Severity: report.Error,
	Title:    "Windows does not trust what this root issues any more",
	Why: `Microsoft has given the root of this certificate a "NotBefore" date: Windows goes on trusting what was issued before it and refuses
what was issued from then on. Outlook uses the store of Windows; browsers have lists and dates of their own, and may refuse earlier. Where
this machine's own store has dropped the root altogether, certificate-not-trusted tells it instead. The list in this program is that of
the notices up to August 2026, holds the roots that are known by their SHA-256 thumbprints, and is advisory: Windows without its automatic
updates has not heard of it. Have the certificate issued by another authority; certutil -verify -urlfetch on a Windows client says what
that client thinks.`,
	Cites: []string{
		"Microsoft Trusted Root Program, deployment notices of February and August 2025, April and August 2026",
		"Microsoft Trusted Root Program, Deprecation Definitions (NotBefore)",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeHosts(s, func(_ string, served facts.Served) (report.Outcome, string) {
			trust, leaf := served.Trust.Value, served.Leaf()
			switch {
			case leaf.Unreadable != "":
				return report.Unknown, unparsed(leaf)
			case !served.Trust.Known:
				return report.Unknown, orNone(served.Trust.Why)
			case !trust.Trusted:
				return "", "" // another rule tells why
			case trust.RootThumbprint == "":
				return report.Unknown, "the evidence does not name the root of the chain"
			}
			from, listed := distrustedFrom(trust.RootThumbprint)
			if !listed || leaf.NotBefore.Before(from) {
				return report.Pass, ""
			}
			return report.Fail, "the certificate was issued on " + day(leaf.NotBefore) + ", and Windows refuses what " + trust.Root +
				" issued from " + day(from) + " on (notices up to " + distrustAsOf + ")"
		})
	},
	Examples: []Example{{
		Name: "issued by Entrust's old root after the date",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				issuing := served.Chain[1]
				issuing.Issuer = entrustG2
				served.Chain = []facts.Certificate{served.Chain[0], issuing}
				served.Trust = facts.Known(facts.Trust{Trusted: true, Root: entrustG2,
					RootThumbprint: "43DF5774B03E7FEF5FE40D931A7BEDF1BB2E6B42738C4E6D3841103D3AA7F339"})
			})
		},
	}},
}

const entrustG2 = "CN=Entrust Root Certification Authority - G2,O=Entrust\\, Inc.,C=US"

func distrustedFrom(root string) (from time.Time, listed bool) {
	for _, notice := range distrust {
		if slices.Contains(notice.roots, root) {
			return notice.from, true
		}
	}
	return time.Time{}, false
}
