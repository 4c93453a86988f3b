package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"exprobe/cmd/exprobe/internal/render"
	"exprobe/cmd/exprobe/internal/world"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite golden files")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"exprobe": main})
}

// Every archive is a deployment and a script. Where it holds a directory or hosts,
// or names a scenario of the demonstration that its files may change, the world is up
// before the first line runs, and exprobe finds it through EXPROBE_CONFIG.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               startWorld,
		Cmds:                map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

// exits runs a program and wants this exit status: exits STATUS PROGRAM [ARG...].
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	if err != nil {
		ts.Fatalf("reading the status: %v", err)
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("running %s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status is %d, want %d", got, want)
	}
}

func startWorld(env *testscript.Env) error {
	archive, err := archiveOf(env.WorkDir)
	if archive == nil || err != nil {
		return err
	}
	w, err := world.Start(archive)
	if err != nil {
		return err
	}
	env.Defer(func() { w.Close() })
	env.Setenv("EXPROBE_CONFIG", w.Config())
	env.Vars = append(env.Vars, w.Environ()...)
	return nil
}

// archiveOf is the world that a script's files describe, or nil.
func archiveOf(dir string) (*txtar.Archive, error) {
	var files []txtar.File
	for _, pattern := range []string{"*", "hosts/*", "certificates/*", "dns/*"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if info, err := os.Stat(name); err != nil || info.IsDir() {
				continue
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			relative, err := filepath.Rel(dir, name)
			if err != nil {
				return nil, err
			}
			files = append(files, txtar.File{Name: filepath.ToSlash(relative), Data: data})
		}
	}
	return world.Compose(files)
}

// Every JSON report in a script is what its schema says.
func TestGoldenReportsObeyTheSchema(t *testing.T) {
	schemas := map[string]*jsonschema.Schema{"report.json": compile(t, render.Schema()), "delta.json": compile(t, render.DeltaSchema())}
	names, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			schema := schemas[file.Name]
			if schema == nil {
				continue
			}
			checked++
			if err := validate(schema, file.Data); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if checked < 5 {
		t.Errorf("only %d JSON reports were found", checked)
	}
}

func compile(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("report.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(schema *jsonschema.Schema, data []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
