package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

var loadBalancerCertificateDiffers = Rule{
	ID:          "load-balancer-certificate-differs",
	Severity:    report.Info,
	FollowsFrom: []string{"extended-protection-bridging", "certificate-differs-between-addresses"},
	Title:       "a server behind the balancer serves another certificate than clients are served",
	Why: `Each server that publishes a host was asked for that host under its own name, past the balancer, and serves another certificate than
clients get. A balancer that ends TLS and begins it anew may well do that. But clients that reach the server itself, as many do inside, see
the other certificate and another principal name; a forgotten server keeps its old certificate until the balancer is bypassed; and Extended
Protection demands the same one on both. Where the host's addresses are the servers' own there is no balancer, and nothing differs.`,
	Cites: []string{
		"Microsoft Exchange documentation, Load balancing in Exchange Server",
		"Microsoft CSS-Exchange, Extended Protection",
	},
	Check: func(s *facts.Snapshot) []report.Verdict {
		return judgeBehind(s, func(node facts.Host) (report.Outcome, string) {
			return report.Fail, node.Node + " serves another certificate for " + node.Name + " than clients are served"
		})
	},
	Examples: []Example{{
		Name:  "one server was forgotten at the renewal",
		Break: func(s *facts.Snapshot) { serveBehind(s, "EX2", "0000000000000000000000000000000000000001") },
	}},
}
