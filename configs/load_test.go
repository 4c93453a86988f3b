package configs

import (
	"errors"
	"flag"
	"maps"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"exprobe/rules/report"
)

var update = flag.Bool("update", false, "rewrite golden files")

// describe is an error as the command shows it: the error, then the next step.
func describe(err error) string {
	text := err.Error() + "\n"
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		text += "hint: " + h.Hint() + "\n"
	}
	return text
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "exprobe.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestBadFilesNameTheMistake(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no bad files (%v)", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			_, err := Load(path.Join("testdata/bad", name+".yaml"), nil, nil)
			if err == nil {
				t.Fatal("no error")
			}
			got := describe(err)
			if strings.Contains(got, "hunter2") {
				t.Errorf("the password is repeated: %s", got)
			}
			golden := filepath.Join("testdata/bad", name+".err")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	got, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Directory: Directory{Bind: BindSimple}, Auth: AuthNone, Microsoft365: Microsoft365Auto, Proxy: ProxyNone, Probe: ProbeFull,
		Format: "text", FailOn: report.FailOnWarning, Timeout: 10 * time.Second,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("defaults (-want +got):\n%s", diff)
	}
}

// Each layer must win over the one before it, for every form of value.
func TestLaterLayersWin(t *testing.T) {
	file := writeFile(t, "timeout: 20s\nhost: [file.contoso.com, two.contoso.com]\nconcurrency: 2\nquiet: true\nformat: json\n")
	environ := []string{
		"EXPROBE_TIMEOUT=30s", "EXPROBE_HOST=environ.contoso.com", "EXPROBE_CONCURRENCY=3", "EXPROBE_QUIET=false",
		"EXPROBE_FORMAT=powershell",
	}
	flags := map[string]any{
		"timeout": 40 * time.Second, "host": []string{"flag.contoso.com"}, "concurrency": 4, "quiet": true, "format": "text",
	}
	for _, test := range []struct {
		name    string
		path    string
		environ []string
		flags   map[string]any
		timeout time.Duration
		hosts   []Host
		n       int
		quiet   bool
		format  string
	}{
		{"defaults", "", nil, nil, 10 * time.Second, nil, 0, false, "text"},
		{"file", file, nil, nil, 20 * time.Second, []Host{{"file.contoso.com", 443}, {"two.contoso.com", 443}}, 2, true, "json"},
		{"environment", file, environ, nil, 30 * time.Second, []Host{{"environ.contoso.com", 443}}, 3, false, "powershell"},
		{"flags", file, environ, flags, 40 * time.Second, []Host{{"flag.contoso.com", 443}}, 4, true, "text"},
		{"flags without a file", "", nil, flags, 40 * time.Second, []Host{{"flag.contoso.com", 443}}, 4, true, "text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Load(test.path, test.environ, test.flags)
			if err != nil {
				t.Fatal(err)
			}
			want := &Config{
				Directory: Directory{Bind: BindSimple}, Auth: AuthNone, Microsoft365: Microsoft365Auto, Proxy: ProxyNone, Probe: ProbeFull,
				FailOn:  report.FailOnWarning,
				Timeout: test.timeout, Hosts: test.hosts, Concurrency: test.n, Quiet: test.quiet, Format: test.format,
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every key must arrive in its own field from every layer, so that no key is
// declared and forgotten.
func TestEveryKeyArrivesFromEveryLayer(t *testing.T) {
	special := map[string]string{ // examples that equal the default
		"bind": BindAnonymous, "timeout": "11s",
	}
	fields := reflect.TypeFor[Config]()
	for _, k := range keys {
		if k.form == formTables || k.form == formTable {
			continue // in a file alone: TestDirectories, TestPolicy
		}
		example := k.example
		if other, ok := special[k.name]; ok {
			example = other
		}
		plain := strings.Trim(example, `[]"`)
		var flag any = plain
		if k.form == formList {
			flag = []string{plain}
		}
		layers := map[string]func() (*Config, error){
			"file":        func() (*Config, error) { return Load(writeFile(t, k.name+": "+example), nil, nil) },
			"environment": func() (*Config, error) { return Load("", []string{variable(k.name) + "=" + plain}, nil) },
			"flags":       func() (*Config, error) { return Load("", nil, map[string]any{k.name: flag}) },
		}
		field, ok := reflect.StructField{}, false
		for _, f := range reflect.VisibleFields(fields) {
			if f.Tag.Get("mapstructure") == k.name {
				field, ok = f, true
			}
		}
		if !ok {
			t.Errorf("key %s has no field", k.name)
			continue
		}
		base, err := Load("", nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for name, load := range layers {
			got, err := load()
			if err != nil {
				t.Errorf("%s from the %s: %v", k.name, name, err)
				continue
			}
			was, is := reflect.ValueOf(base).Elem(), reflect.ValueOf(got).Elem()
			if reflect.DeepEqual(was.FieldByIndex(field.Index).Interface(), is.FieldByIndex(field.Index).Interface()) {
				t.Errorf("%s from the %s did not change %s", k.name, name, field.Name)
			}
			is.FieldByIndex(field.Index).Set(was.FieldByIndex(field.Index))
			if diff := cmp.Diff(base, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s from the %s changed other fields too:\n%s", k.name, name, diff)
			}
		}
	}
}

func TestDefaultYAMLNamesExactlyTheKeys(t *testing.T) {
	var defaults map[string]any
	if err := yaml.Unmarshal(Default(), &defaults); err != nil {
		t.Fatal(err)
	}
	var tags []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if tag := f.Tag.Get("mapstructure"); tag != "-" && !strings.HasPrefix(tag, ",") {
			tags = append(tags, tag)
		}
	}
	sorted := func(s []string) []string { return slices.Sorted(slices.Values(s)) }
	if diff := cmp.Diff(sorted(tags), slices.Sorted(maps.Keys(defaults))); diff != "" {
		t.Errorf("default.yaml (-fields +keys):\n%s", diff)
	}
	if diff := cmp.Diff(sorted(tags), sorted(keyNames())); diff != "" {
		t.Errorf("the key table (-fields +keys):\n%s", diff)
	}
}

func TestDefaultIsACopy(t *testing.T) {
	clear(Default())
	if _, err := Load("", nil, nil); err != nil {
		t.Errorf("a caller could change the defaults: %v", err)
	}
}

func TestFilesThatSayNothing(t *testing.T) {
	want, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":                "",
		"comments":             "# nothing yet\n",
		"only a separator":     "---\n",
		"null":                 "~\n",
		"key without value":    "host:\n#  - mail.contoso.com\ntimeout:\n",
		"byte order mark":      "\ufeffquiet: false\n",
		"carriage returns":     "quiet: false\r\nno-color: false\r\n",
		"the defaults as file": string(Default()),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Load(writeFile(t, text), nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.yaml")
	if _, err := Load(missing, nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := Load(t.TempDir(), nil, nil); err == nil {
		t.Error("a folder was read")
	}
	if _, err := Load(writeFile(t, strings.Repeat("#\n", maxFile/2+1)), nil, nil); err == nil {
		t.Error("a file beyond the bound was read")
	}
}

// A host name has dots, which viper would split if it stood in a key.
func TestDotsAndCaseSurviveInValues(t *testing.T) {
	got, err := Load(writeFile(t, "host: [Mail.Contoso.com]\nbind-user: CN=Reader,DC=contoso,DC=com\nat: 2026-11-22\n"), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Hosts[0].Name != "Mail.Contoso.com" || got.BindUser != "CN=Reader,DC=contoso,DC=com" {
		t.Errorf("got %v and %q", got.Hosts, got.BindUser)
	}
	if want := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC); !got.At.Equal(want) {
		t.Errorf("an unquoted date gave %v, want %v", got.At, want)
	}
}

// A further directory takes what it does not say itself from the whole file, and
// from the flags, but never another forest's servers.
func TestDirectories(t *testing.T) {
	file := writeFile(t, `ldap-url: [ldaps://dc1.contoso.com]
bind-user: auditor@contoso.com
ldap-ca-file: all.pem
directories:
  - ldap-url: [ldaps://dc1.fabrikam.com]
    bind-user: auditor@fabrikam.com
    start-tls: true
  - {ldap-domain: example.com, bind: kerberos}
  - {ldap-domain: example.net, bind-password-file: net.txt}
`)
	got, err := Load(file, nil, map[string]any{"ldap-ca-file": "flag.pem"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Directory{
		{LDAPURLs: []string{"ldaps://dc1.fabrikam.com"}, Bind: BindSimple, BindUser: "auditor@fabrikam.com", StartTLS: true, LDAPCAFile: "flag.pem"},
		{LDAPDomain: "example.com", Bind: BindKerberos, BindUser: "auditor@contoso.com", LDAPCAFile: "flag.pem", Inherited: true},
		{LDAPDomain: "example.net", Bind: BindSimple, BindUser: "auditor@contoso.com", BindPasswordFile: "net.txt", LDAPCAFile: "flag.pem"},
	}
	if diff := cmp.Diff(want, got.Directories, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"ldaps://dc1.contoso.com"}, got.LDAPURLs); diff != "" {
		t.Error(diff)
	}
	for _, err := range []error{second(Load("", []string{"EXPROBE_DIRECTORIES=x"}, nil)), second(Load("", nil, map[string]any{"directories": "x"}))} {
		if err == nil || !strings.Contains(err.Error(), "configuration file alone") {
			t.Errorf("the error is %v", err)
		}
	}
}

func second(_ *Config, err error) error { return err }
