package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// compareAnswers compares what Outlook Anywhere clients of one mailbox are given.
// Where a directory was read, provider-answer-differs speaks of principal names.
func compareAnswers(answers []*facts.Answer, principal bool) sighting {
	o := sighting{subject: whose(answers[0]), outcome: report.Pass}
	given := make([]map[string]string, len(answers))
	var names []string
	for i, a := range answers {
		given[i] = outlookSettings(a, principal)
		for name := range given[i] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var texts []string
	for _, name := range slices.Compact(names) {
		var values []string
		var evidence []report.Evidence
		for i, a := range answers {
			value := cmp.Or(given[i][name], "nothing")
			values = append(values, value)
			evidence = append(evidence, report.Evidence{Name: name, Value: value + " from " + a.URL})
		}
		slices.Sort(values)
		if values = slices.Compact(values); len(values) > 1 {
			texts = append(texts, name+" is "+strings.Join(values, " or "))
			slices.SortFunc(evidence, compareEvidence)
			o.evidence = append(o.evidence, evidence...)
		}
	}
	if len(texts) > 0 {
		o.outcome, o.text = report.Fail, strings.Join(texts, "; ")+", depending on the request; compare Get-OutlookAnywhere of all servers"
	}
	return o
}

// outlookSettings are the settings of an answer that are compared, by name.
func outlookSettings(a *facts.Answer, principal bool) map[string]string {
	values := map[string]string{}
	count := map[string]int{}
	for _, node := range a.Response.Value.Nodes {
		if !node.Is(facts.NodeEXPR) && !node.Is(facts.NodeEXHTTP) {
			continue
		}
		name := strings.ToUpper(node.Type)
		if count[name]++; count[name] > 1 {
			name = fmt.Sprint(name, " ", count[name])
		}
		values["Server of "+name] = strings.ToLower(strings.TrimSuffix(node.ServerName(), "."))
		values["AuthPackage of "+name] = strings.ToLower(strings.TrimSpace(node.AuthPackage.Value))
		values["SSL of "+name] = "on"
		if node.SSLOff() {
			values["SSL of "+name] = "off"
		}
		if principal {
			values["CertPrincipalName of "+name] = strings.ToLower(strings.TrimSpace(node.CertPrincipalName.Value))
		}
	}
	return values
}

func compareEvidence(a, b report.Evidence) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
}
