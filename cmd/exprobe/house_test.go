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
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,Deps,Standard,Module"}, args...)...)
	cmd.Dir = root
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
	"exprobe/autodiscover/facts":          {},
	"exprobe/autodiscover":                {"exprobe/autodiscover/facts"},
	"exprobe/autodiscover/tlsprobe":       {"exprobe/autodiscover/facts"},
	"exprobe/autodiscover/hosttest":       {},
	"exprobe/ldapsrc":                     {"exprobe/autodiscover/facts"},
	"exprobe/ldapsrc/ldaptest":            {},
	"exprobe/ldapsrc/sambatest":           {},
	"exprobe/rules/report":                {},
	"exprobe/rules/fix":                   {"exprobe/autodiscover/facts", "exprobe/rules/report"},
	"exprobe/rules":                       {"exprobe/autodiscover/facts", "exprobe/rules/report", "exprobe/rules/fix"},
	"exprobe/rules/internal/contents":     {},
	"exprobe/rules/internal/list":         {"exprobe/rules/internal/contents"},
	"exprobe/rules/internal/manual":       {"exprobe/rules", "exprobe/autodiscover/facts", "exprobe/rules/report", "exprobe/rules/fix"},
	"exprobe/configs":                     {"exprobe/rules/report"},
	"exprobe/cmd/exprobe/internal/render": {"exprobe/rules/report"},
	"exprobe/cmd/exprobe/internal/world":  {"exprobe/autodiscover/hosttest", "exprobe/ldapsrc/ldaptest"},
	"exprobe/cmd/exprobe/internal/source": {"exprobe/autodiscover", "exprobe/autodiscover/facts", "exprobe/autodiscover/tlsprobe", "exprobe/ldapsrc", "exprobe/configs", "exprobe/rules/report"},
	"exprobe/cmd/exprobe/internal/app":    nil, // wires everything
	"exprobe/cmd/exprobe":                 nil,
}

func TestDirections(t *testing.T) {
	found := map[string]bool{}
	for _, p := range list(t, "./...") {
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

// doors names the packages through which each third-party module enters.
var doors = map[string][]string{
	"github.com/go-ldap/ldap":         {"exprobe/ldapsrc", "exprobe/ldapsrc/sambatest"}, // sambatest is for tests alone
	"github.com/go-asn1-ber/asn1-ber": {"exprobe/ldapsrc", "exprobe/ldapsrc/ldaptest"},  // the client caps what it decodes; the server encodes
	"github.com/beevik/etree":         {"exprobe/autodiscover"},
	"golang.org/x/net/html/charset":   {"exprobe/autodiscover"},
	"golang.org/x/net/publicsuffix":   {"exprobe/autodiscover"},
	"golang.org/x/net/idna":           {"exprobe/autodiscover", "exprobe/autodiscover/tlsprobe"}, // mail domains; host names
	"golang.org/x/text":               {"exprobe/autodiscover"},
	"github.com/spf13/viper":          {"exprobe/configs"},
	"go.yaml.in/yaml/v3":              {"exprobe/configs", "exprobe/cmd/exprobe/internal/world"}, // the user's file; a world's files
	"github.com/spf13/cobra":          {"exprobe/cmd/exprobe/internal/app"},
	"github.com/spf13/pflag":          {"exprobe/cmd/exprobe/internal/app"},
	"golang.org/x/term":               {"exprobe/cmd/exprobe/internal/app"},
	"github.com/mattn/go-runewidth":   {"exprobe/cmd/exprobe/internal/render"},
	"golang.org/x/tools/txtar":        {"exprobe/cmd/exprobe/internal/world"},
}

func TestOneDoorForEachThirdPartyPackage(t *testing.T) {
	used := map[string]bool{}
	for _, p := range list(t, "./...") {
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

func TestForbiddenCalls(t *testing.T) {
	eachFile(t, func(path string, file *ast.File, positions *token.FileSet) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		isMain := file.Name.Name == "main"
		ast.Inspect(file, func(n ast.Node) bool {
			selector, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			qualifier, ok := selector.X.(*ast.Ident)
			if !ok {
				return true
			}
			name := qualifier.Name + "." + selector.Sel.Name
			where := positions.Position(n.Pos())
			switch {
			case name == "os.Exit" || strings.HasPrefix(name, "os.Std"):
				if !isMain {
					t.Errorf("%s: %s stands outside main", where, name)
				}
			case slices.Contains([]string{"time.Now", "time.Since", "time.Until"}, name):
				if !strings.HasPrefix(path, "cmd/") && !strings.HasPrefix(path, "ldapsrc/sambatest/") { // the latter runs inside tests alone
					t.Errorf("%s: %s: the clock is a value", where, name)
				}
			case strings.HasPrefix(name, "log.") && name != "log.New" && imports(file, "log"), name == "fmt.Print", name == "fmt.Println", name == "fmt.Printf":
				t.Errorf("%s: %s prints where nobody asked", where, name)
			}
			return true
		})
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if name, ok := call.Fun.(*ast.Ident); ok && (name.Name == "panic" || name.Name == "recover") {
					t.Errorf("%s: %s", positions.Position(n.Pos()), name.Name)
				}
			}
			return true
		})
	})
}

func imports(file *ast.File, path string) bool {
	return slices.ContainsFunc(file.Imports, func(s *ast.ImportSpec) bool { return s.Path.Value == `"`+path+`"` })
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
		if !strings.HasPrefix(entry.Name(), ".") && !slices.Contains(allowed, entry.Name()) {
			t.Errorf("%s stands at the top of the house", entry.Name())
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
