package rules

import (
	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// againstSeen returns the check of a stored certificate name against the certificates
// that were seen. Most connectors hold one text, which is looked for once.
func againstSeen(s *facts.Snapshot) func(name facts.TLSCertificateName) report.Verdict {
	seen, doubt := seenCertificates(s)
	known := map[string]report.Verdict{}
	return func(name facts.TLSCertificateName) report.Verdict {
		v, ok := known[name.Raw.Value]
		if !ok {
			v = compareNamed(name, seen, doubt, s.Certificates.Known)
			known[name.Raw.Value] = v
		}
		return v
	}
}

// compareNamed gives no verdict where no certificate that was seen has to do with the
// name and nobody looked for the others.
func compareNamed(name facts.TLSCertificateName, seen []facts.Certificate, doubt string, complete bool) report.Verdict {
	var like *facts.Certificate
	for i := range seen {
		if name.Names(seen[i]) {
			return report.Verdict{Outcome: report.Pass}
		}
		if like == nil && name.Resembles(seen[i]) {
			like = &seen[i]
		}
	}
	stored := report.Evidence{Name: nameEvidence, Value: name.Raw.Value}
	switch {
	case like != nil:
		return report.Verdict{Outcome: report.Fail, Message: "it names " + name.Raw.Value + ", and the certificate of that name that was seen is <I>" + like.Issuer + "<S>" + like.Subject,
			Evidence: append([]report.Evidence{stored}, datesEvidence(*like)...)}
	case complete:
		return report.Verdict{Outcome: report.Fail, Message: "it names " + name.Raw.Value + ", and no server holds such a certificate", Evidence: []report.Evidence{stored}}
	case doubt != "":
		return report.Verdict{Outcome: report.Unknown, Message: "the certificate that it names was not seen: " + doubt}
	}
	return report.Verdict{}
}

// judgeConnectors runs a rule over every connector that names a certificate.
func judgeConnectors(s *facts.Snapshot, check func(name facts.TLSCertificateName) report.Verdict) []report.Verdict {
	verdicts := []report.Verdict{}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		for _, side := range []struct {
			kind string
			list facts.Observed[[]facts.Connector]
		}{{"send connector", org.SendConnectors}, {"receive connector", org.ReceiveConnectors}} {
			verdicts = append(verdicts, unseenSection(org, side.list)...)
			for _, c := range side.list.Value {
				subject := report.Subject{Kind: side.kind, Name: c.Name, DN: c.DN}
				if c.Server != "" {
					subject.Name = c.Server + `\` + c.Name
				}
				if v := judgeNamed(c.TLSCertificateName, check); v.Outcome != "" {
					v.Subject = subject
					verdicts = append(verdicts, v)
				}
			}
		}
	}
	return verdicts
}

// judgeHybrids runs a rule over every hybrid configuration that names a certificate.
func judgeHybrids(s *facts.Snapshot, check func(name facts.TLSCertificateName) report.Verdict) []report.Verdict {
	verdicts := []report.Verdict{}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		verdicts = append(verdicts, unseenSection(org, org.Hybrids)...)
		for _, h := range org.Hybrids.Value {
			if v := judgeNamed(h.TLSCertificateName, check); v.Outcome != "" {
				v.Subject = report.Subject{Kind: "hybrid configuration", Name: h.Name, DN: h.DN}
				verdicts = append(verdicts, v)
			}
		}
	}
	return verdicts
}

func judgeNamed(name facts.Observed[facts.TLSCertificateName], check func(name facts.TLSCertificateName) report.Verdict) report.Verdict {
	switch {
	case !name.Known && name.Asked():
		return report.Verdict{Outcome: report.Unknown, Message: name.Why}
	case !name.Value.Raw.Present:
		return report.Verdict{} // it names none
	}
	return check(name.Value)
}
