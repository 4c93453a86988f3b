package facts_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
)

// TestOtherServicesPublishNoOutlookAnywhere adds virtual directories of other services
// to what the directory publishes: no place, gap or feed comes of them.
func TestOtherServicesPublishNoOutlookAnywhere(t *testing.T) {
	url := func(host string) facts.Observed[facts.PublishedURL] {
		return facts.Known(facts.PublishedURL{Raw: facts.Present("https://" + host), Host: host, Port: 443, SSL: true})
	}
	snapshot := func(more ...facts.VirtualDirectory) *facts.Snapshot {
		return &facts.Snapshot{
			Organizations: []facts.Organization{{
				Directory: "ldaps://dc1.contoso.com",
				Providers: facts.Known([]facts.Provider{{Name: "EXPR", CertPrincipalName: facts.Null()}, {Name: "EXCH", CertPrincipalName: facts.Null()}}),
				VirtualDirectories: facts.Known(append(more, facts.VirtualDirectory{
					Server: "EX1", Service: facts.ServiceRPC, External: url("mail.contoso.com"), Internal: url("ex1.contoso.com")})),
			}},
			Answers: []facts.Answer{{Mailbox: "user@contoso.com", View: facts.ViewRPC, Status: 200,
				Response: facts.Known(facts.Response{Action: "settings", Nodes: []facts.Node{
					{Type: "EXHTTP", Server: facts.Present("ex1.contoso.com"), SSL: facts.Present("On")}}})}},
		}
	}
	before, after := snapshot(), snapshot(
		facts.VirtualDirectory{Server: "EX1", Service: facts.ServiceOWA, External: url("ex1.contoso.com"), Internal: url("owa.contoso.com")},
		facts.VirtualDirectory{Server: "EX1", Service: facts.ServiceEWS, External: facts.Unknown[facts.PublishedURL]("hidden")},
	)
	wantPlaces, wantGaps := before.Places()
	places, gaps := after.Places()
	if diff := cmp.Diff(wantPlaces, places); diff != "" || len(places) == 0 {
		t.Errorf("places (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(wantGaps, gaps); diff != "" {
		t.Errorf("gaps (-before +after):\n%s", diff)
	}
}

// TestWhatWasNeverAskedIsNotWritten keeps evidence small where no directory was asked.
func TestWhatWasNeverAskedIsNotWritten(t *testing.T) {
	got, err := json.Marshal(facts.Organization{Directory: "ldaps://dc1.contoso.com"})
	if err != nil || string(got) != `{"directory":"ldaps://dc1.contoso.com"}` {
		t.Errorf("%s, error %v", got, err)
	}
}
