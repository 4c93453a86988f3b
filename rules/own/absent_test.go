package own_test

import (
	"slices"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

// A request that shows no settings says nothing of them, and keeps none from sight but
// where some may be behind it.
func TestAnswersWithoutSettings(t *testing.T) {
	const root = "https://contoso.com/autodiscover/autodiscover.xml"
	at := func(s *facts.Snapshot, url string) *facts.Answer {
		return &s.Answers[slices.IndexFunc(s.Answers, func(a facts.Answer) bool { return a.URL == url })]
	}
	ends := func(status int, why string) func(*facts.Snapshot) {
		return func(s *facts.Snapshot) {
			a := at(s, root)
			a.Status, a.Response = status, facts.Unknown[facts.Response](why)
		}
	}
	none := func(s *facts.Snapshot) {
		for i := range s.Answers {
			if a := &s.Answers[i]; a.Response.Known {
				a.Status, a.Response = 0, facts.Unknown[facts.Response]("connection refused")
			}
		}
	}
	outcomes := func(s *facts.Snapshot, expression string) map[string]bool {
		list := map[string]bool{}
		for _, v := range compile(t, expression, "x")(s) {
			if v.Subject.Name == root {
				list[string(v.Outcome)+" "+v.Message] = true
			}
		}
		return list
	}
	for _, test := range []struct {
		name         string
		change       func(*facts.Snapshot)
		answer, node string // what is said of the root domain's answer
	}{
		{"a page that is not there", ends(404, "HTTP 404: the answer is HTML"), "pass ", ""},
		{"a redirect", func(s *facts.Snapshot) {
			ends(302, "HTTP 302 to https://www.contoso.com/")(s)
			at(s, root).Location = "https://www.contoso.com/"
		}, "pass ", ""},
		{"no answer, where another step gives settings", ends(0, "no such host"), "unknown no such host", ""},
		{"no answer, and no step gives settings", func(s *facts.Snapshot) { none(s); ends(0, "no such host")(s) },
			"unknown no such host", "unknown no such host"},
		{"a sign-in that is wanted", ends(401, "HTTP 401"), "unknown HTTP 401", "unknown HTTP 401"},
		{"a server at fault", ends(500, "HTTP 500"), "unknown HTTP 500", ""},
		{"a document that cannot be read", ends(200, "the XML is cut off"), "unknown the XML is cut off", "unknown the XML is cut off"},
		{"a question to DNS", func(s *facts.Snapshot) { at(s, root).Protocol = facts.DNS }, "", ""},
		{"a bare request", func(s *facts.Snapshot) { ends(401, "HTTP 401")(s); at(s, root).Protocol = facts.Redirect }, "", ""},
		{"another language, which has no nodes", func(s *facts.Snapshot) { ends(401, "HTTP 401")(s); at(s, root).Protocol = facts.JSON },
			"unknown HTTP 401", ""},
		{"a file", func(s *facts.Snapshot) {
			*at(s, root) = facts.Answer{Step: facts.StepFile, URL: root, Response: facts.Unknown[facts.Response]("it is empty")}
		}, "unknown it is empty", "unknown it is empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := full()
			test.change(s)
			for expression, want := range map[string]string{`answer.error != null || answer.online`: test.answer, `node.type == "none"`: test.node} {
				list := map[string]bool{want: true}
				if want == "" {
					list = map[string]bool{}
				}
				if diff := cmp.Diff(list, outcomes(s, expression)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", expression, diff)
				}
			}
		})
	}
}

// How Outlook Anywhere authenticates is absent of other directories, and unknown where
// it was asked for and not seen, or of a directory that nobody knows the service of.
func TestAuthenticationIsOfOutlookAnywhere(t *testing.T) {
	for _, test := range []struct {
		name string
		of   facts.VirtualDirectory
		want report.Outcome
	}{
		{"of another, not asked for", facts.VirtualDirectory{Service: facts.ServiceEWS}, report.Fail},
		{"of another, not seen", facts.VirtualDirectory{Service: facts.ServiceEWS, ExternalAuthentication: facts.Unknown[string]("no right"),
			InternalAuthentication: facts.Unknown[string]("no right"), IISAuthentication: facts.Unknown[[]string]("no right")}, report.Unknown},
		{"of Outlook Anywhere, not asked for", facts.VirtualDirectory{Service: facts.ServiceRPC}, report.Unknown},
		{"of nobody knows what", facts.VirtualDirectory{}, report.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := full()
			s.Organizations[0].VirtualDirectories = facts.Known([]facts.VirtualDirectory{test.of})
			for _, expression := range []string{`virtualDirectory.externalAuthentication == null`,
				`virtualDirectory.internalAuthentication == null`, `virtualDirectory.iisAuthentication.size() == 0`} {
				if verdicts := compile(t, expression, "x")(s); len(verdicts) != 1 || verdicts[0].Outcome != test.want {
					t.Errorf("%s: %q, want %s", expression, found(verdicts), test.want)
				}
			}
		})
	}
}
