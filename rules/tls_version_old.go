package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// modernVersions are those that RFC 8996 leaves.
var modernVersions = []string{"TLS 1.2", "TLS 1.3"}

var tlsVersionOld = Rule{
	ID:       "tls-version-old",
	Severity: report.Warning,
	Title:    "a host accepts a version of TLS that is out of use",
	Why: `TLS 1.0 and 1.1 are out of use since 2021, Windows has begun to leave them off, and no supported Exchange server needs them. A server
that has nothing newer is refused by current clients. Switch them off in SCHANNEL on every Exchange server, as Microsoft's TLS guidance
for Exchange says, and on the balancer in front; look first for devices that send mail or scan and know nothing newer. TLS 1.2 without
1.3 is no fault. What a server accepts is asked only by a full probe; where nobody asked, nothing is said.`,
	Cites: []string{
		"RFC 8996, Deprecating TLS 1.0 and TLS 1.1",
		"Microsoft Exchange documentation, Exchange Server TLS configuration best practices",
		"Microsoft Windows IT Pro Blog, TLS 1.0 and TLS 1.1 soon to be disabled in Windows",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeAddresses(s, func(_ string, served facts.Served) report.Verdict {
			old := served.OldVersions
			versions := slices.Sorted(slices.Values(old.Value))
			switch {
			case served.File != "":
				return report.Verdict{} // a file shows no handshake
			case served.Version != "" && !slices.Contains(modernVersions, served.Version):
				message := "the server offers nothing newer than " + served.Version
				if versions = slices.DeleteFunc(versions, func(v string) bool { return v == served.Version }); len(versions) > 0 {
					message += ", and accepts " + strings.Join(versions, " and ") + " too"
				}
				return report.Verdict{Outcome: report.Fail, Message: message}
			case len(versions) > 0:
				return report.Verdict{Outcome: report.Fail, Message: "the server still accepts " + strings.Join(versions, " and ")}
			case old.Known:
				return report.Verdict{Outcome: report.Pass}
			case old.Asked():
				return report.Verdict{Outcome: report.Unknown, Message: "whether old versions of TLS are accepted could not be seen: " + old.Why}
			}
			return report.Verdict{} // nobody asked
		})
	},
	Examples: []Example{{
		Name: "TLS 1.0 and 1.1 are still on",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) { served.OldVersions = facts.Known([]string{"TLS 1.0", "TLS 1.1"}) })
		},
	}, {
		Name: "a server that speaks nothing newer",
		Break: func(s *facts.Snapshot) {
			each(s, func(served *facts.Served) {
				served.Version, served.OldVersions = "TLS 1.0", facts.Observed[[]string]{}
			})
		},
	}},
}
