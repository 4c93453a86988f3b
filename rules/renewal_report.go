package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules/fix"
	"exprobe/rules/report"
)

// Renew judges a candidate: the deployment as it is and as it would be with the
// candidate, by the same rules; the candidate by the rules about renewals; and the
// deployment once more, as the plan would leave it. The error says which of the
// things that the candidate is said to replace is nowhere.
func Renew(s *facts.Snapshot, c Candidate, rules []Rule, p Policy) (*report.Renewal, error) {
	r, err := NewRenewal(s, c)
	if err != nil {
		return nil, err
	}
	out := &report.Renewal{Schema: report.RenewalSchema, TakenAt: s.TakenAt, Tool: report.Tool{Name: "exprobe"},
		Candidate: r.described(), Concerned: rows(r.Seats), Unseen: rows(r.Unseen), Elsewhere: rows(r.Elsewhere),
		Comparisons: r.compare(), NotJudged: []string{}, Left: []report.Finding{}}
	if c.Request {
		rules = slices.DeleteFunc(slices.Clone(rules), func(rule Rule) bool { return slices.Contains(whenIssued, rule.ID) })
		out.NotJudged = slices.Clone(whenIssued)
	}
	after := r.After()
	before := Evaluate(s, rules, p)
	out.Delta = report.Compare(before, Evaluate(after, rules, p), p.FailOn)
	out.Warnings, out.Notes = before.Warnings, before.Notes
	if c.Note != "" {
		out.Notes = append(out.Notes, c.Note)
	}
	judged := r.judge(Renewals(), p)
	out.Judged, out.Tally = judged.Findings, judged.Tally
	parts := r.parts(after, rules)
	out.Plan = fix.Switch(parts, r.stop(out.Judged))
	r.carry(out, before, parts, rules, p)
	out.Exit = out.Status(p.FailOn)
	out.Answer = advise(out, p.FailOn)
	return out, nil
}

// judge runs rules about renewals.
func (r *Renewal) judge(rules []Rule, p Policy) *report.Report {
	bound := slices.Clone(rules)
	for i, rule := range bound {
		bound[i].Check = func(*facts.Snapshot) []report.Verdict { return rule.CheckRenewal(r) }
	}
	return Evaluate(&facts.Snapshot{Schema: r.Before.Schema, TakenAt: r.Before.TakenAt}, bound, p)
}

// parts makes a renewal of each organization, with the values that are solved on the
// deployment as it would be.
func (r *Renewal) parts(after *facts.Snapshot, rules []Rule) []fix.Renewal {
	var parts []fix.Renewal
	then := after.ByOrganization()
	for i, part := range r.Before.ByOrganization() {
		settled := then[i].Settled()
		var wants []report.Change
		for _, rule := range rules {
			if rule.Check == nil {
				continue
			}
			for _, v := range rule.Check(settled) {
				if v.Outcome == report.Fail {
					wants = append(wants, v.Want...)
				}
			}
		}
		planned := fix.Plan(settled, wants)
		planned.Name(nameOf(r.Before, part))
		one := fix.Renewal{Organization: nameOf(r.Before, part), Before: part, After: then[i], Changes: planned.Changes,
			Commands: planned.Fix.Commands, Refused: planned.Fix.Refused,
			File: r.File, Leaf: r.Leaf(), Request: r.Request, Sealed: r.Sealed}
		for _, seat := range r.Seats {
			if part.Host(seat.Host.Name, seat.Host.Port) != nil || len(r.Before.Organizations) < 2 {
				one.Seats = append(one.Seats, fix.Seat{Host: seat.Host.Name, Port: seat.Host.Port, Node: seat.Host.Node,
					Address: seat.Endpoint.Address, Old: seat.Leaf()})
			}
		}
		parts = append(parts, one)
	}
	return parts
}

// stop says why a candidate should not be installed at all.
func (r *Renewal) stop(judged []report.Finding) []string {
	why := []string{}
	for _, f := range judged {
		if f.Outcome == report.Fail && (f.Rule == renewalNotYetValid.ID || f.Rule == renewalKeyTypeUnsupported.ID) {
			why = append(why, f.Message)
		}
	}
	leaf, trust := r.Leaf(), r.Served.Trust
	switch {
	case r.Request:
	case leaf.SelfSigned:
		why = append(why, "the new certificate is self-signed")
	case trust.Known && !trust.Value.Trusted:
		why = append(why, "the new certificate is not trusted: "+trust.Value.Reason)
	}
	if !r.Request && notForServers(leaf) {
		why = append(why, "the new certificate is not for server authentication")
	}
	return why
}

// carry judges the deployment as the plan would leave it.
func (r *Renewal) carry(out *report.Renewal, before *report.Report, parts []fix.Renewal, rules []Rule, p Policy) {
	failed := map[string]bool{}
	for _, f := range before.Findings {
		failed[f.Fingerprint] = failed[f.Fingerprint] || f.Outcome == report.Fail
	}
	var all []report.Finding
	for _, part := range parts {
		end := part.After
		if len(out.Plan.Stop) == 0 {
			end = fix.Carried(part)
		}
		all = append(all, Evaluate(end, rules, p).Findings...)
	}
	all = once(all)
	for _, f := range all {
		if f.Outcome == report.Fail && !failed[f.Fingerprint] {
			out.Left = append(out.Left, f)
		}
	}
	out.AfterPlan = count(all)
}

// advise is what the reviewer is told first.
func advise(out *report.Renewal, failOn report.FailOn) report.Answer {
	bad := func(list []report.Finding) []report.Finding {
		return slices.DeleteFunc(slices.Clone(list), func(f report.Finding) bool {
			return (&report.Report{Findings: []report.Finding{f}}).Status(failOn) != report.Findings
		})
	}
	grave := slices.DeleteFunc(slices.Clone(out.Judged), func(f report.Finding) bool {
		return f.Outcome != report.Fail || f.Severity != report.Error
	})
	left, introduced, judged := bad(out.Left), bad(out.Delta.Introduced), bad(out.Judged)
	unseen := ""
	if len(out.Unseen) > 0 {
		unseen = "; " + plural(len(out.Unseen), "address") + " could not be seen, so this is not the whole answer"
		unseen = strings.ReplaceAll(unseen, "addresss", "addresses")
	}
	switch {
	case len(out.Plan.Stop) > 0:
		return report.Answer{Word: report.No, Why: strings.Join(out.Plan.Stop, "; ") + unseen}
	case len(grave) > 0:
		return report.Answer{Word: report.No, Why: grave[0].Message + more(len(grave)-1) + unseen}
	case len(left) > 0:
		return report.Answer{Word: report.No, Why: "it introduces what the plan does not mend: " + left[0].Title + " (" + left[0].Rule + ")" + more(len(left)-1) + unseen}
	case len(out.Delta.Blinded) > 0:
		f := out.Delta.Blinded[0]
		return report.Answer{Word: report.NotKnown, Why: "something that is known today would not be: " + f.Message + " (" + f.Rule + ")" + more(len(out.Delta.Blinded)-1) + unseen}
	case len(introduced)+len(judged) > 0:
		why := "the switch alone breaks something, and the plan mends it: "
		f := slices.Concat(judged, introduced)[0]
		return report.Answer{Word: report.WithPlan, Why: why + f.Title + " (" + f.Rule + ")" + more(len(introduced)+len(judged)-1) + unseen}
	case len(out.Concerned) == 0, len(out.Unseen) > 0:
		return report.Answer{Word: report.NotKnown, Why: strings.TrimPrefix(cmp.Or(unseen, "; nothing that was seen would serve it"), "; ")}
	}
	why := "it breaks nothing that was seen"
	if n := len(out.Delta.Resolved); n > 0 {
		why += ", and resolves " + plural(n, "finding")
	}
	if n := len(out.Delta.Kept); n > 0 {
		why += "; " + plural(n, "finding") + " of today stay"
	}
	return report.Answer{Word: report.Yes, Why: why}
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", and %d more", n)
}

func (r *Renewal) described() report.Candidate {
	leaf := r.Leaf()
	c := report.Candidate{File: r.File, Request: r.Request, CommonName: strings.Join(leaf.CommonNames, ", "),
		Names: append([]string{}, leaf.DNSNames...), Subject: leaf.Subject, Key: keyText(leaf), Purposes: []string{}, WhenIssued: []string{}}
	if r.Request {
		c.Trust = "known when it is issued"
		c.WhenIssued = []string{
			"the issuer and its chain: whether clients trust it, and whether connectors go on finding it",
			"the first and the last day",
			"the serial number and the thumbprint, which the commands ask for",
			"the purposes: whether it is for client authentication too",
			"the signature",
			"whether the authority keeps the names: many take them from their order form, and a common name is the first that they leave out or exchange",
		}
		return c
	}
	c.Issuer, c.Serial, c.Thumbprint, c.Signature = leaf.Issuer, leaf.Serial, leaf.Thumbprint, leaf.Signature
	c.Purposes = append(c.Purposes, leaf.Purposes...)
	if leaf.Unreadable == "" {
		from, to := leaf.NotBefore, leaf.NotAfter
		c.NotBefore, c.NotAfter = &from, &to
	}
	c.Trust = trustText(r.Served.Trust)
	return c
}

func trustText(t facts.Observed[facts.Trust]) string {
	switch {
	case !t.Known && t.Why == "":
		return "not judged"
	case !t.Known:
		return "not known: " + t.Why
	case t.Value.Trusted && t.Value.Root != "":
		return "trusted, by " + t.Value.Root
	case t.Value.Trusted:
		return "trusted"
	}
	return "not trusted: " + t.Value.Reason
}

func rows(seats []Seat) []report.Concerned {
	list := []report.Concerned{}
	for _, s := range seats {
		row := report.Concerned{Host: strings.ToLower(facts.Label(s.Host.Name, s.Host.Port)), Node: s.Host.Node, Address: s.Endpoint.Address}
		if s.blank() {
			row.Note = s.Why()
		} else {
			leaf := s.Leaf()
			row.CommonName, row.Thumbprint = strings.Join(leaf.CommonNames, ", "), leaf.Thumbprint
			row.NotAfter = instant(leaf.NotAfter)
		}
		list = append(list, row)
	}
	return list
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
