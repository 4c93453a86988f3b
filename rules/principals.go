package rules

import (
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// principals is the table that the report shows first: for each provider, host and
// address, what AD stores, what Autodiscover sends and what the certificate says.
// organization names the one that the snapshot is of, where there are several.
func principals(s *facts.Snapshot, organization string) []report.Principal {
	rows, _ := s.Judge()
	table := []report.Principal{}
	for _, j := range rows {
		row := report.Principal{
			Organization: organization, Provider: j.Provider, Scope: j.Scope, Host: j.Host, Address: j.Address,
			Published: j.Published, Effective: j.Effective.Value.Text, Match: string(j.Match), Note: addressed(j.To, j.Why),
			Stored: report.Stored{Read: j.Stored.Known, Present: j.Stored.Value.Present, Value: j.Stored.Value.Value},
		}
		if row.Published == nil {
			row.Published = []string{}
		}
		if j.To != "" && j.Why == "" {
			row.Note = "served " + j.To
		}
		if j.Served.Known {
			if doubt := j.Served.Value.Doubt(); doubt != "" {
				row.Note = also(row.Note, "the server has not proven that the certificate is its own")
			}
			row.CommonName = strings.Join(j.Served.Value.Leaf().CommonNames, ", ")
			if j.Effective.Value.Form == facts.FullSIC {
				row.Chain, _ = j.Served.Value.ChainNames()
				slices.Reverse(row.Chain)
			}
		}
		table = append(table, row)
	}
	return table
}

// also puts two remarks into one text; the first may be "".
func also(first, second string) string {
	if first == "" {
		return second
	}
	return first + "; " + second
}

// warnings are what a reader must know before anything else.
func warnings(s *facts.Snapshot) []string {
	list := []string{}
	for _, name := range s.Altered {
		list = append(list, "the evidence file "+name+" was changed after it was written: it may not say what was seen")
	}
	for _, org := range s.Organizations {
		switch {
		case org.Insecure == "":
		case org.DN == "":
			list = append(list, "the directory "+org.Directory+" was asked over an unprotected connection ("+org.Insecure+"), and nothing was read")
		default:
			list = append(list, "the directory "+org.Directory+" was read over an unprotected connection ("+org.Insecure+
				"): whoever stands between could have changed what it says")
		}
	}
	return list
}

// notes are the context of the findings: where credentials went, whether the fault
// is latent, that nothing is published.
func notes(s *facts.Snapshot) []string {
	list := []string{}
	if s.Redacted {
		list = append(list, "the names in this evidence were replaced by others before it was handed over: no command may be run as it stands")
	}
	for _, a := range s.Answers {
		if a.CredentialsSent != "" {
			list = append(list, a.CredentialsSent+" credentials were sent to "+a.URL)
		}
	}
	for _, org := range s.Organizations {
		if org.MapiHTTPEnabled.Known && org.MapiHTTPEnabled.Value {
			list = append(list, "MAPI over HTTP is on for the organization: clients that use it are never given a principal name, so findings about "+
				"principal names are latent for them; they concern clients and tools that still use Outlook Anywhere")
		}
	}
	for _, org := range s.Organizations {
		for _, text := range org.Passed {
			list = append(list, "passed over on the way to "+org.Directory+": "+text)
		}
	}
	for i := range s.Organizations {
		org := &s.Organizations[i]
		for _, text := range org.Missing {
			list = append(list, text+"; a rule that needed it says so")
		}
		if names := org.Unseen(); len(names) > 0 && org.Name.Known && !org.Exported {
			list = append(list, "not visible to the account in "+org.Directory+", or not there: "+strings.Join(names, ", ")+
				"; a rule that needed one of them says so; exprobe explain rights says what lets them be read")
		}
	}
	list = append(list, depthNotes(s)...)
	if hosts := unreachedBehind(s); len(hosts) > 0 {
		list = append(list, "no server behind "+few(hosts)+" could be reached from here, so what a balancer may hide there is not judged")
	}
	places, gaps := s.Places()
	if len(places) == 0 && len(gaps) == 0 && (len(s.Organizations) > 0 || len(s.Answers) > 0) {
		list = append(list, "Outlook Anywhere is not published: no virtual directory and no Autodiscover answer names a host for it")
	}
	return compact(list)
}

// compact drops texts that were said before and keeps the order.
func compact(list []string) []string {
	seen := map[string]bool{}
	kept := list[:0]
	for _, text := range list {
		if !seen[text] {
			seen[text] = true
			kept = append(kept, text)
		}
	}
	return kept
}
