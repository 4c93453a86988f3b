package rules_test

import (
	"fmt"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/report"
)

// large is a deployment of n external hosts on as many servers, each right.
func large(n int) *facts.Snapshot {
	s := rules.Healthy()
	org := &s.Organizations[0]
	directory, host := org.VirtualDirectories.Value[0], s.Hosts[0]
	for i := range n {
		name := fmt.Sprintf("mail%d.contoso.com", i)
		d := directory
		d.Server = fmt.Sprintf("EX%d", i+10)
		d.DN = "CN=" + d.Server + "," + d.DN
		d.External.Value.Host = name
		org.VirtualDirectories.Value = append(org.VirtualDirectories.Value, d)
		h := host
		h.Name = name
		h.Addresses.Value = []facts.Endpoint{host.Addresses.Value[0]}
		h.Addresses.Value[0].Address = fmt.Sprintf("198.51.100.%d:443", i%250)
		chain := host.Addresses.Value[0].Served.Value.Chain
		h.Addresses.Value[0].Served.Value.Chain = append([]facts.Certificate{leafFor(host, name)}, chain[1:]...)
		s.Hosts = append(s.Hosts, h)
	}
	return s
}

func leafFor(host facts.Host, name string) facts.Certificate {
	c := host.Addresses.Value[0].Served.Value.Chain[0]
	c.DNSNames = []string{"mail.contoso.com", name}
	return c
}

func TestLargeDeploymentWithOneNameIsClean(t *testing.T) {
	rep := rules.Evaluate(large(300), rules.All(), rules.Policy{})
	if rep.Exit != report.Clean || len(rep.Principals) != 304 {
		t.Errorf("%+v with %d rows, findings %+v", rep.Exit, len(rep.Principals), rep.Findings[:min(3, len(rep.Findings))])
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{10, 1000, 5000} {
		s := large(n)
		b.Run(fmt.Sprintf("%dhosts", n), func(b *testing.B) {
			for b.Loop() {
				rules.Evaluate(s, rules.All(), rules.Policy{})
			}
		})
	}
}

func ExampleEvaluate() {
	deployment := rules.Healthy()
	deployment.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com")
	deployment.Answers = nil
	rep := rules.Evaluate(deployment, rules.All(), rules.Policy{})
	fmt.Println(rep.Exit.Name)
	fmt.Println(rep.Fix.Commands[0].Line)
	fmt.Println("after this:", rep.After.Failed, "findings")
	// Output:
	// findings
	// Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"
	// after this: 0 findings
}
