package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

// listed is what go list says of a package.
type listed struct {
	ImportPath                         string
	Dir                                string
	Imports, TestImports, XTestImports []string
	Deps                               []string
	Standard                           bool
	Module                             *struct{ Path string }
}

func list(t *testing.T, args ...string) []listed {
	t.Helper()
	return listFor(t, runtime.GOOS, args...)
}

func listFor(t *testing.T, system string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,Deps,Standard,Module"}, args...)...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+system)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// mayImport is the direction of the house: what each room may see of the others,
// itself and rooms inside it left out. A package that stands here must exist, so
// that a law cannot rot.
var mayImport = map[string][]string{
	"exprobe/autodiscover/facts":             {},
	"exprobe/autodiscover":                   {"exprobe/autodiscover/facts"},
	"exprobe/autodiscover/tlsprobe":          {"exprobe/autodiscover/facts"},
	"exprobe/autodiscover/tlsprobe/certfile": {"exprobe/autodiscover/facts", "exprobe/ldapsrc/clixml/psobject"},
	"exprobe/autodiscover/hosttest":          {},
	"exprobe/ldapsrc":                        {"exprobe/autodiscover/facts", "exprobe/ldapsrc/stored"},
	"exprobe/ldapsrc/stored":                 {"exprobe/autodiscover/facts"},
	"exprobe/ldapsrc/clixml":                 {"exprobe/autodiscover/facts", "exprobe/ldapsrc/stored", "exprobe/ldapsrc/clixml/psobject"},
	"exprobe/ldapsrc/clixml/psobject":        {},
	"exprobe/ldapsrc/ldaptest":               {},
	"exprobe/ldapsrc/sambatest":              {},
	"exprobe/rules/report":                   {},
	"exprobe/rules/changes":                  {"exprobe/autodiscover/facts", "exprobe/rules/report"},
	"exprobe/rules/fix":                      {"exprobe/autodiscover/facts", "exprobe/rules/report"},
	"exprobe/rules":                          {"exprobe/autodiscover/facts", "exprobe/rules/report", "exprobe/rules/fix"},
	"exprobe/rules/own":                      {"exprobe/autodiscover/facts", "exprobe/rules/report"},
	"exprobe/rules/internal/contents":        {},
	"exprobe/rules/internal/list":            {"exprobe/rules/internal/contents"},
	"exprobe/rules/internal/manual":          {"exprobe/rules", "exprobe/autodiscover/facts", "exprobe/rules/report", "exprobe/rules/fix"},
	"exprobe/configs":                        {"exprobe/rules", "exprobe/rules/own", "exprobe/rules/report", "exprobe/rules/fix", "exprobe/autodiscover/facts"}, // a policy is checked against the rules that there are
	"exprobe/cmd/exprobe/internal/render":    {"exprobe/rules/report"},
	"exprobe/cmd/exprobe/internal/world":     {"exprobe/autodiscover/hosttest", "exprobe/ldapsrc/ldaptest"},
	"exprobe/cmd/exprobe/internal/source":    {"exprobe/autodiscover", "exprobe/autodiscover/facts", "exprobe/autodiscover/tlsprobe", "exprobe/autodiscover/tlsprobe/certfile", "exprobe/ldapsrc", "exprobe/ldapsrc/stored", "exprobe/ldapsrc/clixml", "exprobe/ldapsrc/clixml/psobject", "exprobe/configs", "exprobe/rules", "exprobe/rules/own", "exprobe/rules/report", "exprobe/rules/fix"}, // of rules what the configuration holds
	"exprobe/cmd/exprobe/internal/redact":    {"exprobe/autodiscover/facts"},
	"exprobe/cmd/exprobe/internal/app":       nil, // wires everything
	"exprobe/cmd/exprobe":                    nil,
}

func TestDirections(t *testing.T) {
	found := map[string]bool{}
	for _, p := range append(list(t, "./..."), listFor(t, "windows", "./...")...) {
		found[p.ImportPath] = true
		allowed, known := mayImport[p.ImportPath]
		switch {
		case !known:
			t.Errorf("%s is a room without a law: say in mayImport what it may see", p.ImportPath)
		case allowed != nil:
			for _, dep := range p.Deps {
				if strings.HasPrefix(dep, "exprobe/") && !slices.Contains(allowed, dep) {
					t.Errorf("%s sees %s", p.ImportPath, dep)
				}
			}
		}
	}
	for name := range mayImport {
		if !found[name] {
			t.Errorf("%s is in mayImport and does not exist", name)
		}
	}
}

// testsMayImport is what the tests of the collectors see beside their own rooms:
// servers to talk to, and nothing of the judgement.
var testsMayImport = map[string][]string{
	"exprobe/autodiscover":                   {"exprobe/autodiscover", "exprobe/autodiscover/facts", "exprobe/autodiscover/hosttest"},
	"exprobe/autodiscover/tlsprobe":          {"exprobe/autodiscover/tlsprobe", "exprobe/autodiscover/facts", "exprobe/autodiscover/hosttest"},
	"exprobe/autodiscover/tlsprobe/certfile": {"exprobe/autodiscover/tlsprobe/certfile", "exprobe/autodiscover/facts", "exprobe/autodiscover/hosttest"},
	"exprobe/ldapsrc":                        {"exprobe/ldapsrc", "exprobe/ldapsrc/stored", "exprobe/autodiscover/facts", "exprobe/autodiscover/hosttest", "exprobe/ldapsrc/ldaptest", "exprobe/ldapsrc/sambatest"}, // hosttest for a web server to sign in to
	"exprobe/autodiscover/facts":             {"exprobe/autodiscover/facts", "exprobe/autodiscover/hosttest"},
}

func TestTestsKeepTheDirectionsToo(t *testing.T) {
	for _, p := range list(t, "./...") {
		allowed, ok := testsMayImport[p.ImportPath]
		if !ok {
			continue
		}
		for _, name := range append(p.TestImports, p.XTestImports...) {
			if strings.HasPrefix(name, "exprobe/") && !slices.Contains(allowed, name) {
				t.Errorf("the tests of %s see %s", p.ImportPath, name)
			}
		}
	}
}

// doors names the packages through which each third-party module enters.
var doors = map[string][]string{
	"cel.dev/cel-go":                     {"exprobe/rules/own"},
	"github.com/go-ldap/ldap":            {"exprobe/ldapsrc", "exprobe/ldapsrc/sambatest"}, // sambatest is for tests alone
	"github.com/go-asn1-ber/asn1-ber":    {"exprobe/ldapsrc", "exprobe/ldapsrc/ldaptest"},  // the client caps what it decodes; the server encodes
	"github.com/jcmturner/gokrb5/v8":     {"exprobe/ldapsrc", "exprobe/ldapsrc/sambatest"},
	"github.com/alexbrainman/sspi":       {"exprobe/ldapsrc"}, // on Windows
	"golang.org/x/crypto/md4":            {"exprobe/ldapsrc"},
	"github.com/beevik/etree":            {"exprobe/autodiscover"},
	"golang.org/x/net/html/charset":      {"exprobe/autodiscover"},
	"golang.org/x/net/publicsuffix":      {"exprobe/autodiscover", "exprobe/cmd/exprobe/internal/redact"}, // who may own a name; how much of a name is its owner's
	"golang.org/x/net/dns/dnsmessage":    {"exprobe/autodiscover/hosttest"},
	"golang.org/x/net/idna":              {"exprobe/autodiscover", "exprobe/autodiscover/tlsprobe", "exprobe/ldapsrc/stored"}, // names from the wire, the operator and the directory
	"golang.org/x/text":                  {"exprobe/autodiscover"},
	"github.com/spf13/viper":             {"exprobe/configs"},
	"go.yaml.in/yaml/v3":                 {"exprobe/configs", "exprobe/cmd/exprobe/internal/world"}, // the user's file; a world's files
	"github.com/spf13/cobra":             {"exprobe/cmd/exprobe/internal/app"},
	"github.com/spf13/pflag":             {"exprobe/cmd/exprobe/internal/app"},
	"golang.org/x/term":                  {"exprobe/cmd/exprobe/internal/app"},
	"github.com/mattn/go-runewidth":      {"exprobe/cmd/exprobe/internal/render"},
	"golang.org/x/tools/txtar":           {"exprobe/cmd/exprobe/internal/world"},
	"software.sslmate.com/src/go-pkcs12": {"exprobe/autodiscover/tlsprobe/certfile"},
}

func TestOneDoorForEachThirdPartyPackage(t *testing.T) {
	used := map[string]bool{}
	for _, p := range append(list(t, "./..."), listFor(t, "windows", "./...")...) {
		for _, name := range p.Imports {
			if !strings.Contains(strings.Split(name, "/")[0], ".") {
				continue // standard library or ours
			}
			door := ""
			for candidate := range doors {
				if (name == candidate || strings.HasPrefix(name, candidate+"/")) && len(candidate) > len(door) {
					door = candidate
				}
			}
			switch {
			case door == "":
				t.Errorf("%s imports %s, which has no door", p.ImportPath, name)
			case !slices.Contains(doors[door], p.ImportPath):
				t.Errorf("%s imports %s, whose door is %s", p.ImportPath, name, doors[door])
			}
			used[door+" "+p.ImportPath] = true
		}
	}
	for module, rooms := range doors {
		for _, room := range rooms {
			if !used[module+" "+room] {
				t.Errorf("%s is no door of %s: nothing there imports it", room, module)
			}
		}
	}
}

func TestFactsAndReportNeedTheStandardLibraryAlone(t *testing.T) {
	for _, p := range list(t, "-deps", "./autodiscover/facts", "./rules/report") {
		if !p.Standard && p.ImportPath != "exprobe/autodiscover/facts" && p.ImportPath != "exprobe/rules/report" {
			t.Errorf("%s is not of the standard library", p.ImportPath)
		}
	}
}

// eachFile runs a check over the syntax of every Go file of ours.
func eachFile(t *testing.T, check func(path string, file *ast.File, positions *token.FileSet)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != root) {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		positions := token.NewFileSet()
		file, err := parser.ParseFile(positions, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		check(filepath.ToSlash(relative), file, positions)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mains are the packages whose main function may end the process: the command and
// the generators.
var mains = []string{"cmd/exprobe/main.go", "rules/internal/list/main.go", "rules/internal/manual/main.go"}

func TestForbiddenCalls(t *testing.T) {
	eachFile(t, func(path string, file *ast.File, positions *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		paths := importedAs(file)
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				return true
			}
			where := positions.Position(n.Pos())
			switch node := n.(type) {
			case *ast.SelectorExpr:
				qualifier, ok := node.X.(*ast.Ident)
				if !ok || paths[qualifier.Name] == "" {
					return true
				}
				if why := forbidden(path, paths[qualifier.Name], node.Sel.Name); why != "" {
					t.Errorf("%s: %s.%s: %s", where, paths[qualifier.Name], node.Sel.Name, why)
				}
			case *ast.CallExpr:
				if name, ok := node.Fun.(*ast.Ident); ok && slices.Contains([]string{"panic", "recover", "print", "println"}, name.Name) {
					t.Errorf("%s: %s", where, name.Name)
				}
			case *ast.FuncDecl:
				if node.Name.Name == "init" && node.Recv == nil && path != "ldapsrc/wire.go" { // it caps what the BER decoder takes, a variable of its package
					t.Errorf("%s: init hides what happens", where)
				}
			case *ast.BasicLit:
				if strings.HasPrefix(path, "cmd/") && strings.Contains(node.Value, "-CertPrincipalName:") {
					t.Errorf("%s: rules/fix is the only writer of PowerShell", where)
				}
			}
			return true
		})
	})
}

// forbidden says why a file may not use a name of a package of the standard
// library, or "".
func forbidden(path, pkg, name string) string {
	isMain := slices.Contains(mains, path)
	switch {
	case (pkg == "os" || pkg == "syscall") && name == "Exit", pkg == "os" && strings.HasPrefix(name, "Std"):
		if !isMain {
			return "it stands outside main"
		}
	case pkg == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Tick", "NewTimer", "NewTicker", "Sleep", "AfterFunc"}, name):
		if !strings.HasPrefix(path, "cmd/") && !strings.HasPrefix(path, "ldapsrc/sambatest/") { // the latter runs inside tests alone
			return "the clock is a value"
		}
	case pkg == "log" && name != "New", pkg == "log/slog", pkg == "fmt" && strings.HasPrefix(name, "Print"):
		return "it prints where nobody asked"
	case pkg == "github.com/go-ldap/ldap/v3" && strings.HasPrefix(path, "ldapsrc/") && !strings.HasPrefix(path, "ldapsrc/sambatest/"):
		for _, writes := range []string{"NewAddRequest", "NewDelRequest", "NewModify", "NewPasswordModify", "AddRequest", "DelRequest", "ModifyRequest", "ModifyDNRequest"} {
			if strings.HasPrefix(name, writes) {
				return "exprobe only reads"
			}
		}
	}
	return ""
}

// importedAs maps the names under which a file knows its imports to their paths.
func importedAs(file *ast.File) map[string]string {
	paths := map[string]string{}
	for _, s := range file.Imports {
		path := strings.Trim(s.Path.Value, "\"`")
		name := path[strings.LastIndex(path, "/")+1:]
		if strings.HasPrefix(name, "v") && strings.Trim(name[1:], "0123456789") == "" {
			name = strings.TrimSuffix(path, "/"+name)
			name = name[strings.LastIndex(name, "/")+1:]
		}
		if s.Name != nil {
			name = s.Name.Name
		}
		paths[name] = path
	}
	return paths
}

// pure lists the rooms that touch no network, file or clock, with what they may
// use of the standard library. A report is printed by others, and a fact collected
// by others.
var pure = map[string][]string{
	"exprobe/autodiscover/facts": {"bytes", "cmp", "crypto/sha1", "crypto/x509", "crypto/x509/pkix", "encoding/asn1", "encoding/hex", "encoding/json", "errors", "fmt", "math", "math/bits", "net", "net/netip", "net/url", "slices", "strconv", "strings", "time", "unicode/utf16", "unicode/utf8"},
	"exprobe/rules/report":       {"cmp", "crypto/sha256", "encoding/hex", "encoding/json", "fmt", "slices", "strings", "time"},
	"exprobe/rules/changes":      {"cmp", "fmt", "reflect", "slices", "strconv", "strings", "time", "unicode"},
	"exprobe/rules/fix":          {"fmt", "regexp", "slices", "strconv", "strings", "sync", "time", "unicode", "unicode/utf16"},
	"exprobe/rules/own":          {"cmp", "errors", "fmt", "reflect", "slices", "strings", "time", "cel.dev/cel-go/cel", "cel.dev/cel-go/common/ast", "cel.dev/cel-go/common/env", "cel.dev/cel-go/common/types", "cel.dev/cel-go/common/types/ref", "cel.dev/cel-go/common/types/traits"},
	"exprobe/rules":              {"bytes", "cmp", "encoding/json", "fmt", "net/netip", "slices", "strconv", "strings", "time"},
}

func TestJudgementIsArithmetic(t *testing.T) {
	for _, p := range list(t, "./...") {
		allowed, ok := pure[p.ImportPath]
		if !ok {
			continue
		}
		for _, name := range p.Imports {
			if !strings.HasPrefix(name, "exprobe/") && !slices.Contains(allowed, name) {
				t.Errorf("%s uses %s", p.ImportPath, name)
			}
		}
	}
	eachFile(t, func(path string, file *ast.File, positions *token.FileSet) { // of net only what joins a host and a port
		if !strings.HasPrefix(path, "autodiscover/facts/") || strings.HasSuffix(path, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := selector.X.(*ast.Ident); ok && x.Name == "net" && selector.Sel.Name != "JoinHostPort" {
					t.Errorf("%s: net.%s", positions.Position(n.Pos()), selector.Sel.Name)
				}
			}
			return true
		})
	})
}

// Only reading is asked of a directory server.
func TestDirectoryIsOnlyRead(t *testing.T) {
	writes := []string{"Modify", "ModifyWithResult", "ModifyDN", "Del", "DelWithControl", "PasswordModify", "Extended"}
	eachFile(t, func(path string, file *ast.File, positions *token.FileSet) {
		if !strings.HasPrefix(path, "ldapsrc/") || strings.HasPrefix(path, "ldapsrc/sambatest/") || strings.HasSuffix(path, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if selector, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains(writes, selector.Sel.Name) {
					t.Errorf("%s: %s writes to a directory", positions.Position(n.Pos()), selector.Sel.Name)
				}
			}
			return true
		})
	})
}

func TestFilesAreOneRoom(t *testing.T) {
	eachFile(t, func(path string, file *ast.File, positions *token.FileSet) {
		lines := positions.Position(file.FileEnd).Line
		if lines > 330 && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s has %d lines", path, lines)
		}
		for _, name := range []string{"util", "utils", "common", "helper", "helpers", "lib", "model", "misc"} {
			if file.Name.Name == name || strings.TrimSuffix(filepath.Base(path), ".go") == name {
				t.Errorf("%s: %s names no room", path, name)
			}
		}
	})
}

func TestExportedNamesAreDocumented(t *testing.T) {
	eachFile(t, func(path string, file *ast.File, positions *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && !wellKnown(d) {
					t.Errorf("%s: %s has no comment", positions.Position(d.Pos()), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if kind, ok := spec.(*ast.TypeSpec); ok && kind.Name.IsExported() && d.Doc == nil && kind.Doc == nil {
						t.Errorf("%s: %s has no comment", positions.Position(kind.Pos()), kind.Name.Name)
					}
				}
			}
		}
	})
}

// wellKnown says that a method of an unexported type implements what every reader
// of Go knows.
func wellKnown(d *ast.FuncDecl) bool {
	return d.Recv != nil && slices.Contains([]string{"Error", "Hint", "Unwrap", "String", "Close", "Read", "Write"}, d.Name.Name)
}

func TestFormatTidyAndTopLevel(t *testing.T) {
	if out, err := in(t, "gofmt", "-l", "cmd", "ldapsrc", "autodiscover", "rules", "configs"); err != nil || out != "" {
		t.Errorf("gofmt -l (%v): %s", err, out)
	}
	if out, err := in(t, "go", "mod", "tidy", "-diff"); err != nil {
		t.Errorf("go mod tidy would change something (%v):\n%s", err, out)
	}
	allowed := []string{"cmd", "ldapsrc", "autodiscover", "rules", "configs", "go.mod", "go.sum", "README.md", "LICENSE"}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !slices.Contains(append(allowed, ".git", ".ci", ".gitignore"), entry.Name()) {
			t.Errorf("%s stands at the top of the house", entry.Name())
		}
	}
	for _, name := range allowed {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Errorf("the house lacks %s", name)
		}
	}
}

func in(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}
