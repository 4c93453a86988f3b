package configs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"exprobe/rules"
	"exprobe/rules/report"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const policyFile = `ldap-url: [ldaps://dc1.contoso.com]
rules:
  certificate-expires-soon: info # and no more
  principal-name-not-checked: off
  own-issuer: error
waivers:
  - rule: certificate-expired
    subject: old.contoso.com
    owner: Exchange team
    reason: it is switched off
    until: 2027-01-31
  - {rule: own-issuer, subject: "*.fabrikam.com", owner: Fabrikam, reason: they have their own, until: "certificate 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33"}
own-rules:
  - id: own-issuer
    title: a certificate is not ours
    severity: warning
    expression: |
      certificate.selfSigned ||
        !certificate.issuer.contains("Contoso")
    message: "{certificate.host} shows a certificate of {certificate.issuer}"
fail-on: error
`

func TestPolicy(t *testing.T) {
	cfg, err := Load(writeFile(t, policyFile), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := cfg.Policy()
	want := rules.Policy{
		FailOn:     report.FailOnError,
		Severities: map[string]report.Severity{"certificate-expires-soon": report.Info, "own-issuer": report.Error},
		Off:        map[string]bool{"principal-name-not-checked": true},
		Waivers: []rules.Waiver{
			{Rule: "certificate-expired", Subject: "old.contoso.com", Owner: "Exchange team", Reason: "it is switched off",
				Until: rules.Until{Day: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)}},
			{Rule: "own-issuer", Subject: "*.fabrikam.com", Owner: "Fabrikam", Reason: "they have their own",
				Until: rules.Until{Certificate: "00112233445566778899AABBCCDDEEFF00112233"}},
		},
		Own: []rules.Rule{{ID: "own-issuer", Severity: report.Warning, Title: "a certificate is not ours",
			Why: "certificate.selfSigned ||\n  !certificate.issuer.contains(\"Contoso\")"}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(rules.Rule{}, "Check", "Weigh")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s := rules.Healthy()
	s.Hosts[0].Addresses.Value[0].Served.Value.Chain[0].Issuer = "CN=Fabrikam CA"
	s.Hosts[0].Addresses.Value[1].Served.Known = false
	rep := rules.Evaluate(s, rules.All(), got)
	i := slices.IndexFunc(rep.Findings, func(f report.Finding) bool { return f.Rule == "own-issuer" && f.Outcome == report.Fail })
	if i < 0 || rep.Findings[i].Message != "mail.contoso.com shows a certificate of CN=Fabrikam CA" || rep.Findings[i].Severity != report.Error || rep.Findings[i].Help != "" {
		t.Errorf("found %+v", rep.Findings)
	}
	for _, err := range []error{second(Load("", []string{"EXPROBE_WAIVERS=x"}, nil)), second(Load("", nil, map[string]any{"rules": "x"})), second(Load("", nil, map[string]any{"own-rules": "x"}))} {
		if err == nil || !strings.Contains(err.Error(), "configuration file alone") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestEffectiveTellsWhoSaysWhat(t *testing.T) {
	file := writeFile(t, policyFile+`host: [file.contoso.com] # a comment with hunter2
at: 2026-11-22
bind-user: CONTOSO\reader
directories:
  - ldap-url: ["ldaps://reader:hunter2@dc1.fabrikam.com"]
timeout: 20s
`)
	environ := []string{"EXPROBE_TIMEOUT=30s", "EXPROBE_QUIET=true", "EXPROBE_BIND_PASSWORD=hunter2", "EXPROBE_AUTH_TOKEN=", "PATH=/bin",
		"EXPROBE_RESOLVE=mail.contoso.com:443:192.0.2.10,192.0.2.11"}
	flags := map[string]any{"host": []string{"flag.contoso.com:8443", "two.contoso.com"}, "concurrency": "3", "bind-realm": "true"}
	cfg, text, err := Effective(file, environ, flags)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.ReplaceAll(string(text), file, "FILE")
	for _, line := range []string{
		"ldap-url: ['ldaps://dc1.contoso.com'] # FILE:1\n", "bind: simple # default\n", `bind-user: CONTOSO\reader # FILE:`, "timeout: 30s # EXPROBE_TIMEOUT\n",
		`host: ['flag.contoso.com:8443', two.contoso.com] # --host` + "\n", "concurrency: 3 # --concurrency\n", `bind-realm: "true" # --bind-realm` + "\n",
		"quiet: true # EXPROBE_QUIET\n", "waivers:\n", "until: 2027-01-31\n", "# FILE:2\nrules:\n  certificate-expires-soon: info\n",
		"ldaps://reader:hidden@dc1.fabrikam.com", "# EXPROBE_BIND_PASSWORD is set, and is not shown\n",
	} {
		if !strings.Contains(got, line) {
			t.Errorf("%q is not in\n%s", line, got)
		}
	}
	for _, line := range []string{"hunter2", "EXPROBE_AUTH_TOKEN", "and no more"} {
		if strings.Contains(got, line) {
			t.Errorf("%q is in\n%s", line, got)
		}
	}
	for _, k := range keys {
		if !strings.Contains("\n"+got, "\n"+k.name+":") {
			t.Errorf("%s is not told", k.name)
		}
	}
	again, err := Load(writeFile(t, strings.ReplaceAll(string(text), ":hidden@", ":hunter2@")), nil, nil)
	if err != nil {
		t.Fatalf("what is written cannot be read: %v\n%s", err, text)
	}
	if diff := cmp.Diff(cfg, again, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(OwnRule{}, "Check"), cmp.Comparer(sameAddresses)); diff != "" {
		t.Errorf("what is written means something else (-loaded +written):\n%s", diff)
	}
	loaded, err := Load(file, environ, flags)
	if diff := cmp.Diff(loaded, cfg, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(OwnRule{}, "Check"), cmp.Comparer(sameAddresses)); diff != "" || err != nil {
		t.Errorf("it is not what Load says (%v):\n%s", err, diff)
	}
}

func sameAddresses(a, b Resolve) bool { return a.String() == b.String() }

func TestEffectiveOfNothingIsTheDefaults(t *testing.T) {
	cfg, text, err := Effective("", nil, nil)
	if err != nil || cfg == nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasSuffix(line, " # default\n") {
			t.Errorf("%q", line)
		}
	}
	if _, _, err := Effective("testdata/bad/waivers_no_owner.yaml", nil, nil); err == nil {
		t.Error("a mistake is told as if it were none")
	}
}

func TestReminders(t *testing.T) {
	cfg, err := Load(writeFile(t, policyFile), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{"2026-12-31": "", "2027-01-02": "ends on 2027-01-31", "2027-01-31": "ends on 2027-01-31", "2027-02-01": "ended on 2027-01-31"} {
		instant, _ := time.Parse(time.DateOnly, at)
		got := cfg.Reminders(instant)
		if len(got) > 1 || (len(got) == 1) != (want != "") || len(got) == 1 && (!strings.HasSuffix(got[0].Text, want) || got[0].Hint == "") {
			t.Errorf("on %s: %+v, want %q", at, got, want)
		}
	}
}

// Any file is read or refused with a reason, and what is accepted is accepted again
// as it is told.
func FuzzEffective(f *testing.F) {
	f.Add([]byte(policyFile))
	f.Add(Default())
	f.Add([]byte("rules: {own-a: off}\nown-rules:\n  - {id: own-a, title: t, severity: info, expression: 'host.port == 1', message: '{host.name}'}\n"))
	f.Add([]byte("waivers:\n- {rule: certificate-expired, subject: '*', owner: \"a\\u202eb\", reason: |\n  two\n  lines\n, until: 2027-01-31}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := merge("fuzz.yaml", data, nil, nil)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		cfg.Policy()
		file := writeFile(t, string(data))
		_, text, err := Effective(file, nil, nil)
		if err != nil {
			t.Fatalf("loaded, and not told: %v", err)
		}
		if _, err := merge("told.yaml", text, nil, nil); err != nil && !strings.Contains(string(text), "hidden") {
			t.Errorf("what is told cannot be read: %v\n%s", err, text)
		}
	})
}
