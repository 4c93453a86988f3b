package ldapsrc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc"
	"exprobe/ldapsrc/sambatest"
)

// testSambaThousands reads more objects than any page holds.
func testSambaThousands(t *testing.T, c *sambatest.Controller) {
	before, err := ldapsrc.Read(t.Context(), sambaOptions(c, c.Alice))
	if err != nil {
		t.Fatal(err)
	}
	added, err := c.Crowd(3000)
	if err != nil {
		t.Fatal(err)
	}
	after, err := ldapsrc.Read(t.Context(), sambaOptions(c, c.Alice))
	if err != nil {
		t.Fatal(err)
	}

	type directory struct{ service, internal, external string }
	of := func(v facts.VirtualDirectory) directory {
		return directory{v.Service, v.Internal.Value.Raw.Value, v.External.Value.Raw.Value}
	}
	services := map[string]string{
		"msExchAutoDiscoverVirtualDirectory": facts.ServiceAutodiscover,
		"msExchECPVirtualDirectory":          facts.ServiceECP,
		"msExchMapiVirtualDirectory":         facts.ServiceMAPI,
		"msExchMobileVirtualDirectory":       facts.ServiceActiveSync,
		"msExchOABVirtualDirectory":          facts.ServiceOAB,
		"msExchOWAVirtualDirectory":          facts.ServiceOWA,
		"msExchPowerShellVirtualDirectory":   facts.ServicePowerShell,
		"msExchRpcHttpVirtualDirectory":      facts.ServiceRPC,
		"msExchWebServicesVirtualDirectory":  facts.ServiceEWS,
	}
	want := map[string]directory{}
	for _, v := range before.VirtualDirectories.Value {
		want[v.DN] = of(v)
	}
	for _, v := range added {
		want[v.DN] = directory{services[v.Class], v.URL, v.URL}
	}
	got := map[string]directory{}
	for _, v := range after.VirtualDirectories.Value {
		got[v.DN] = of(v)
	}
	if !after.VirtualDirectories.Known || len(after.VirtualDirectories.Value) != len(want) || len(want) != 3000+len(before.VirtualDirectories.Value) {
		t.Errorf("known %v (%s): read %d, there are %d", after.VirtualDirectories.Known, after.VirtualDirectories.Why,
			len(after.VirtualDirectories.Value), len(want))
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(directory{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
