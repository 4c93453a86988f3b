package world

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestEveryScenarioStartsAndIsDescribed(t *testing.T) {
	names := Scenarios()
	if len(names) < 8 || names[0] != DefaultScenario {
		t.Fatalf("scenarios are %q", names)
	}
	for _, name := range names {
		archive, ok := Scenario(name)
		if !ok {
			t.Fatalf("there is no %s", name)
		}
		w, err := Start(archive)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if w.Title == "" || w.Story == "" || w.At.IsZero() || w.Directory() == "" {
			t.Errorf("%s is not described: %+v", name, w.Deployment)
		}
		if err := w.Close(); err != nil {
			t.Errorf("closing %s: %v", name, err)
		}
	}
}

func TestArchivesThatAreNoWorld(t *testing.T) {
	const host = "addresses:\n  - address: 192.0.2.10\n    certificate: {commonNames: [a.test]}\n"
	tests := []struct{ name, archive, want string }{
		{"nothing in it", "", "neither directory.ldif nor hosts"},
		{"an unknown key", "-- hosts/a.test.yaml --\nadresses: []\n", "reading hosts/a.test.yaml"},
		{"a host without an address", "-- hosts/a.test.yaml --\naddresses: []\n", "host a.test: it has no address"},
		{"an address that is none", "-- hosts/a.test.yaml --\naddresses: [{address: mail, dead: true}]\n", "host a.test: ParseAddr"},
		{"a live address without a certificate", "-- hosts/a.test.yaml --\naddresses: [{address: 192.0.2.10}]\n", "has no certificate, no http and is not dead"},
		{"an answer that is not in the archive", "-- hosts/a.test.yaml --\n" + host + "autodiscover: {rpc: none.xml}\n", "the archive holds no none.xml"},
		{"an answer on port 80 that is not in the archive", "-- hosts/a.test.yaml --\n" + host + "http: [{body: none.html}]\n", "the archive holds no none.html"},
		{"one address of two hosts", "-- hosts/a.test.yaml --\n" + host + "-- hosts/b.test.yaml --\n" + host, "192.0.2.10 port 443 is an address of a.test too"},
		{"names twice", "-- hosts/a.test.yaml --\nnames: [b.test]\n" + host + "-- dns/inside.zone --\na.test A 192.0.2.10\n", "dns/ says which names"},
		{"a zone that is none", "-- hosts/a.test.yaml --\n" + host + "-- dns/inside.zone --\na.test MX 10 mail\n", "serving dns/inside.zone: line 1"},
		{"a deployment with an unknown key", "-- deployment.yaml --\nname: x\n-- hosts/a.test.yaml --\n" + host, "reading deployment.yaml"},
		{"an LDIF that is none", "-- directory.ldif --\nhello\n", "directory.ldif"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, err := Start(txtar.Parse([]byte(test.archive)))
			if err == nil {
				w.Close()
				t.Fatal("it started")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestFlagsSayWhatTheConfigurationSays(t *testing.T) {
	archive, _ := Scenario(DefaultScenario)
	w, err := Start(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	config, err := os.ReadFile(w.Config())
	if err != nil {
		t.Fatal(err)
	}
	flags := w.Flags()
	if !slices.Contains(flags, "--dns-server") || !strings.HasSuffix(strings.Join(flags, " "), "--connect-to 192.0.2.20::127.0.0.1:1") {
		t.Errorf("flags are %s", flags)
	}
	for i, flag := range flags {
		if strings.Contains(flag, password) || strings.Contains(flag, token) {
			t.Errorf("a flag holds a secret: %s", flag)
		}
		if i%2 == 1 && !strings.Contains(string(config), flag) {
			t.Errorf("%s %s is not in the configuration", flags[i-1], flag)
		}
	}
}
