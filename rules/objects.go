package rules

import (
	"cmp"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

func ofOrganization(org *facts.Organization) report.Subject {
	return report.Subject{Kind: "organization", Name: org.Directory, DN: org.DN}
}

// unseenSection is the one verdict on a part of the directory that was asked for and
// could not be seen, or not all of it.
func unseenSection[T any](org *facts.Organization, section facts.Observed[T]) []report.Verdict {
	if section.Known || !section.Asked() {
		return nil
	}
	return []report.Verdict{{Subject: ofOrganization(org), Outcome: report.Unknown, Message: section.Why}}
}

// attribute judges a fact where it was asked for. Not asked is no verdict.
func attribute[T any](fact facts.Observed[T], check func(T) (report.Outcome, string)) (v report.Verdict) {
	switch {
	case fact.Known:
		v.Outcome, v.Message = check(fact.Value)
	case fact.Asked():
		v.Outcome, v.Message = report.Unknown, fact.Why
	}
	return v
}

// judgeProviders runs a rule over every OutlookProvider object. An empty outcome is no
// verdict: the rule does not concern the object.
func judgeProviders(s *facts.Snapshot, check func(p facts.Provider) report.Verdict) []report.Verdict {
	verdicts := []report.Verdict{}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		verdicts = append(verdicts, unseenSection(org, org.Providers)...)
		for _, p := range org.Providers.Value {
			if v := check(p); v.Outcome != "" {
				v.Subject = providerSubject(p.Name, p.DN)
				verdicts = append(verdicts, v)
			}
		}
	}
	return verdicts
}

// judgeDirectories runs a rule over every front-end virtual directory. A URL that could
// not be seen or read is unknown, and check is not asked then.
func judgeDirectories(s *facts.Snapshot, concerns func(v facts.VirtualDirectory) bool, check func(v facts.VirtualDirectory) report.Verdict) []report.Verdict {
	verdicts := []report.Verdict{}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		verdicts = append(verdicts, unseenSection(org, org.VirtualDirectories)...)
		for _, d := range org.VirtualDirectories.Value {
			if d.BackEnd || !concerns(d) {
				continue
			}
			v := check(d)
			if why := unreadURL(d); why != "" && v.Outcome != report.Fail {
				v = report.Verdict{Outcome: report.Unknown, Message: why}
			}
			if v.Outcome != "" {
				v.Subject = directorySubject(d)
				verdicts = append(verdicts, v)
			}
		}
	}
	return verdicts
}

func directorySubject(d facts.VirtualDirectory) report.Subject {
	return report.Subject{Kind: "virtual directory", Name: d.Server + `\` + d.Name, DN: d.DN}
}

// unreadURL says which URL of a virtual directory is not known, or "".
func unreadURL(d facts.VirtualDirectory) string {
	for _, url := range []facts.Observed[facts.PublishedURL]{d.External, d.Internal} {
		switch {
		case url.Asked() && !url.Known:
			return url.Why
		case url.Value.Problem != "":
			return "a URL of it cannot be read: " + url.Value.Problem
		}
	}
	return ""
}

// seenCertificates are the certificates that anybody served or holds, the newest first.
// doubt says why there may be others.
func seenCertificates(s *facts.Snapshot) (list []facts.Certificate, doubt string) {
	miss := func(why string) {
		if why != "" && (doubt == "" || why < doubt) { // the same one in any order
			doubt = why
		}
	}
	for _, h := range s.Hosts {
		miss(h.Addresses.Why)
		for _, e := range h.Addresses.Value {
			miss(e.Served.Why)
			if e.Served.Known {
				list = append(list, e.Served.Value.Leaf())
			}
			for _, other := range e.Served.Value.Others.Value {
				list = append(list, other.Chain[:min(1, len(other.Chain))]...)
			}
		}
	}
	list = append(list, s.Certificates.Value...)
	miss(s.Certificates.Why)
	for _, c := range list {
		if c.Unreadable != "" {
			miss("a certificate could not be parsed: " + c.Unreadable)
		}
	}
	slices.SortStableFunc(list, func(a, b facts.Certificate) int {
		return cmp.Or(b.NotBefore.Compare(a.NotBefore), strings.Compare(a.Thumbprint, b.Thumbprint))
	})
	return list, doubt
}

// hostsSeen finds a host that clients dial by name and port.
func hostsSeen(s *facts.Snapshot) func(name string, port int) *facts.Host {
	key := func(name string, port int) string { return strings.ToLower(facts.HostPort(name, port)) }
	index := make(map[string]*facts.Host, len(s.Hosts))
	for i := range s.Hosts {
		if h := &s.Hosts[i]; h.Node == "" {
			index[key(h.Name, h.Port)] = h
		}
	}
	return func(name string, port int) *facts.Host { return index[key(name, port)] }
}

// distinctTexts are the texts in order, each once.
func distinctTexts(texts []string) []string {
	sorted := slices.Clone(texts)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
