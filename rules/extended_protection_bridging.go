package rules

import (
	"fmt"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// The first build of Exchange 2019 whose setup switches Extended Protection on: CU14.
const protectedMinor, protectedBuild = 2, 1544

var extendedProtectionBridging = Rule{
	ID:          "extended-protection-bridging",
	FollowsFrom: []string{"certificate-differs-between-addresses"},
	Severity:    report.Warning,
	Title:       "a balancer and a server with Extended Protection serve different certificates",
	Why: `Extended Protection binds the sign-in to the certificate that the client was served. A balancer that ends TLS and begins it anew must
serve the very certificate of the server, or every sign-in with Negotiate or Ntlm through it fails; a balancer that ends TLS for good is not
supported at all. Setup switches it on from Exchange 2019 CU14 on, and in Exchange Server SE; that it was switched off again, or on by the
script on an older server, stands in IIS and is not seen here. Install the same certificate on the balancer and on every server.`,
	Cites: []string{
		"Microsoft CSS-Exchange, Extended Protection (SSL bridging scenarios)",
		"Microsoft Exchange Team Blog, Exchange 2019 CU14, Extended Protection on by default",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeBehind(s, func(node facts.Host) (report.Outcome, string) {
			protected, why := protectedServer(s, node.Node)
			switch {
			case why != "":
				return report.Unknown, "the certificates differ, and whether the server has Extended Protection could not be seen: " + why
			case !protected:
				return "", ""
			}
			return report.Fail, node.Node + ", on which setup switches Extended Protection on, serves another certificate for " + node.Name + " than clients are served"
		})
	},
	Examples: []Example{{
		Name:  "the balancer got the new certificate and one server did not",
		Break: func(s *facts.Snapshot) { serveBehind(s, "EX2", "0000000000000000000000000000000000000001") },
	}},
}

// protectedServer says whether setup has switched Extended Protection on at a server.
// One that no list holds is not judged.
func protectedServer(s *facts.Snapshot, fqdn string) (protected bool, why string) {
	for i := range s.Organizations {
		org := &s.Organizations[i]
		why = max(why, org.Servers.Why)
		for _, server := range org.Servers.Value {
			switch version := server.Version; {
			case !server.FQDN.Known:
				why = max(why, server.FQDN.Why)
			case !strings.EqualFold(server.FQDN.Value.Value, fqdn):
			case !version.Known:
				return false, version.Why
			default:
				var minor, build int
				if _, err := fmt.Sscanf(version.Value.Number, "15.%d.%d", &minor, &build); err != nil {
					return false, ""
				}
				return minor == protectedMinor && build >= protectedBuild, ""
			}
		}
	}
	return false, why
}
