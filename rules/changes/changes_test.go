package changes_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/rules"
	"exprobe/rules/changes"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
)

func healthy(t testing.TB) *facts.Snapshot {
	t.Helper()
	data, err := json.Marshal(rules.Healthy())
	if err != nil {
		t.Fatal(err)
	}
	var s facts.Snapshot
	if err := json.Unmarshal(data, &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

// told is what changed, a line for each fact.
func told(objects []report.Object) []string {
	lines := []string{}
	for _, o := range objects {
		name := strings.TrimSpace(o.Organization + " " + o.Kind + " " + o.Name)
		if o.Presence != "" {
			lines = append(lines, fmt.Sprintf("%s: %s, %d facts", name, o.Presence, len(o.Changes)))
			continue
		}
		for _, c := range o.Changes {
			lines = append(lines, fmt.Sprintf("%s: %s: %q to %q", name, c.What, c.Old, c.New))
		}
	}
	return lines
}

func TestChangesAreToldAsAReaderWould(t *testing.T) {
	first := func(s *facts.Snapshot) *facts.Organization { return &s.Organizations[0] }
	tests := []struct {
		name   string
		change func(s *facts.Snapshot)
		want   []string
	}{
		{"nothing", func(*facts.Snapshot) {}, []string{}},
		{"a stored value", func(s *facts.Snapshot) { s.Provider("EXPR").CertPrincipalName = facts.Say("msstd:owa.contoso.com") },
			[]string{`provider EXPR: CertPrincipalName: "msstd:mail.contoso.com" to "msstd:owa.contoso.com"`}},
		{"a stored value that is taken away", func(s *facts.Snapshot) { s.Provider("EXPR").CertPrincipalName = facts.Null() },
			[]string{`provider EXPR: CertPrincipalName: "msstd:mail.contoso.com" to "no value"`}},
		{"a stored value that is empty", func(s *facts.Snapshot) { s.Provider("EXPR").CertPrincipalName = facts.Say("") },
			[]string{`provider EXPR: CertPrincipalName: "msstd:mail.contoso.com" to "an empty value"`}},
		{"a value that may not be read", func(s *facts.Snapshot) {
			s.Provider("EXPR").CertPrincipalName = facts.Unknown[facts.Text]("access is denied")
		}, []string{`provider EXPR: CertPrincipalName: "msstd:mail.contoso.com" to "could not be seen: access is denied"`}},
		{"a provider that is gone", func(s *facts.Snapshot) { first(s).Providers.Value = first(s).Providers.Value[1:] },
			[]string{`provider EXCH: only-old, 7 facts`}},
		{"providers that could not be read are not gone", func(s *facts.Snapshot) {
			first(s).Providers = facts.Unknown[[]facts.Provider]("access is denied")
		}, []string{`organization contoso.com: providers: "read" to "could not be seen: access is denied"`}},
		{"a directory that was not read takes nothing away", func(s *facts.Snapshot) { s.Organizations = nil },
			[]string{`organization contoso.com: only-old, 5 facts`}},
		{"a host that is new", func(s *facts.Snapshot) {
			s.Hosts = append(s.Hosts, facts.Host{Name: "new.contoso.com", Port: 444, Addresses: facts.Unknown[[]facts.Endpoint]("no such host")})
		}, []string{`host new.contoso.com:444: only-new, 1 facts`}},
		{"addresses in another order", func(s *facts.Snapshot) { slices.Reverse(s.Hosts[0].Addresses.Value) }, []string{}},
		{"how long it took", func(s *facts.Snapshot) { s.Hosts[0].Addresses.Value[0].Served.Value.Milliseconds = 4711 }, []string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := healthy(t)
			test.change(s)
			if diff := cmp.Diff(test.want, told(changes.Between(healthy(t), s))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestAnotherCertificateIsToldByWhatDiffers(t *testing.T) {
	s := healthy(t)
	c := &s.Hosts[0].Addresses.Value[0].Served.Value.Chain[0]
	c.Thumbprint, c.CommonNames, c.DNSNames = "4711", []string{"*.contoso.com"}, []string{"*.contoso.com"}
	c.NotAfter = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	got := told(changes.Between(healthy(t), s))
	if len(got) != 4 {
		t.Errorf("got %q", got)
	}
	host := "host " + s.Hosts[0].Name + ": " + s.Hosts[0].Addresses.Value[0].Address + " certificate "
	for i, what := range []string{"common name", "alternative names", "valid until", "thumbprint"} {
		if !strings.HasPrefix(got[i], host+what+": ") {
			t.Errorf("got %s, want it to begin %s", got[i], host+what)
		}
	}
}

// Every fact that differs is told, but for those that say how the collecting went.
func TestEveryFactIsTold(t *testing.T) {
	silent := regexp.MustCompile(`^\.(Schema|TakenAt|settled)|\.(DER|Milliseconds|Controller|Passed|Referrals)\b|\.Names\[|` +
		// A value that was decoded stands beside what it was decoded from.
		`\.(External|Internal)\.Value\.(Host|Port|SSL|Problem)|(Autodiscover|Sharing|OWA|Discovery)\.Value\.(Host|Port|SSL|Problem)|` +
		`TLSCertificateName\.Value\.(Issuer|Subject|Problem)|Thumbprints\.Value\[\d+\]\.(Value|Problem)|(Current|Next|Previous)\.Value\.(Value|Problem|Use)|NextEffective\.Value\.At|` +
		`^\.Answers\[\d+\]\.(From|Secured\.Value\.Address)|^\.Offers\[\d+\]\.(Host|Port)|` +
		// Of what is sent with a certificate, its subject and thumbprint are enough.
		`Chain\[[1-9]\d*\]\.`)
	changed := 0
	for _, name := range []string{"autodiscover-redirect-foreign", "scp-site-unknown"} {
		rule, _ := rules.Find(name)
		fresh := func() *facts.Snapshot {
			s := healthy(t)
			rule.Examples[0].Break(s)
			return s
		}
		old := fresh()
		for n := 0; ; n++ {
			s := fresh()
			path, ok := alter(reflect.ValueOf(s), &count{n}, "")
			if !ok {
				break
			}
			if silent.MatchString(path) {
				continue
			}
			changed++
			if len(changes.Between(old, s)) == 0 {
				t.Errorf("%s changed, and nothing is told", path)
			}
		}
	}
	if changed < 500 {
		t.Errorf("only %d facts were changed: the law is hardly tried", changed)
	}
}

// Whatever breaks a deployment is told as a change from the one that was well.
func TestWhatBreaksADeploymentIsTold(t *testing.T) {
	for _, rule := range rules.All() {
		for _, example := range rule.Examples {
			s := healthy(t)
			example.Break(s)
			if rule.Weigh == nil && len(changes.Between(healthy(t), s)) == 0 { // a policy breaks nothing
				t.Errorf("%s, %s: nothing is told", rule.ID, example.Name)
			}
		}
	}
}

type count struct{ left int }

// alter changes the n-th fact of a snapshot.
func alter(v reflect.Value, n *count, at string) (path string, ok bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return alter(v.Elem(), n, at)
		}
		return "", false
	case reflect.Slice:
		for i := range v.Len() {
			if path, ok := alter(v.Index(i), n, fmt.Sprintf("%s[%d]", at, i)); ok {
				return path, true
			}
		}
		return "", false
	case reflect.Struct:
		if instant, ok := v.Addr().Interface().(*time.Time); ok {
			if n.left > 0 {
				n.left--
				return "", false
			}
			*instant = instant.Add(time.Hour)
			return at, true
		}
		// What was not seen, or is not there, has no value to change.
		for _, name := range []string{"Known", "Present"} {
			if there := v.FieldByName(name); there.IsValid() && !there.Bool() {
				return "", false
			}
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; v.Type().Field(i).IsExported() && name != "Altered" {
				if path, ok := alter(v.Field(i), n, at+"."+name); ok {
					return path, true
				}
			}
		}
		return "", false
	}
	if strings.HasSuffix(at, ".Known") || strings.HasSuffix(at, ".Why") || strings.HasSuffix(at, ".Present") {
		return "", false
	}
	if n.left > 0 {
		n.left--
		return "", false
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Uint8:
		v.SetUint(v.Uint() + 1)
	}
	return at, true
}
