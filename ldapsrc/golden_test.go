package ldapsrc

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/ldaptest"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestGolden reads each directory of testdata and compares what it holds.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ldif")
	if err != nil || len(files) == 0 {
		t.Fatalf("no directories in testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".ldif"), func(t *testing.T) {
			server := serveFile(t, file, ldaptest.Options{})
			org, err := Read(t.Context(), Options{
				URLs: []string{"ldap://dc1.contoso.com"},
				Bind: BindAnonymous,
				Dial: dialTo(server),
			})
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			encoder := json.NewEncoder(&got)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			if err := encoder.Encode(org); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(file, ".ldif") + ".json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
			var again facts.Organization
			if err := json.Unmarshal(got.Bytes(), &again); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(org, again); diff != "" {
				t.Errorf("the JSON does not hold the facts (-read +decoded):\n%s", diff)
			}
		})
	}
}

func serveFile(t *testing.T, file string, o ldaptest.Options) *ldaptest.Server {
	t.Helper()
	ldif, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, string(ldif), o)
}

func serve(t *testing.T, ldif string, o ldaptest.Options) *ldaptest.Server {
	t.Helper()
	server, err := ldaptest.Serve([]byte(ldif), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

// dialTo connects to the server whatever the address, as a resolver would that
// knows one host only.
func dialTo(server *ldaptest.Server) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Addr())
	}
}
