package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"exprobe/cmd/exprobe/internal/app"

	"github.com/google/go-cmp/cmp"
)

const readme = root + "/README.md"

var session = regexp.MustCompile("(?s)(<!-- session:[^\n]*\n```console\n\\$ go run ./cmd/exprobe demo\n)(.*?)(```\n)")

// The README's session is what the command prints.
func TestReadmeSessionIsTrue(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	app.Main([]string{"demo"}, app.Environment{Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Now: time.Now})
	if stderr.Len() != 0 {
		t.Fatalf("the demonstration says %s", stderr.String())
	}
	if *update {
		text = session.ReplaceAllFunc(text, func(found []byte) []byte {
			parts := session.FindSubmatch(found)
			return bytes.Join([][]byte{parts[1], stdout.Bytes(), parts[3]}, nil)
		})
		if err := os.WriteFile(readme, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found := session.FindSubmatch(text)
	if found == nil {
		t.Fatal("the README has no session")
	}
	if diff := cmp.Diff(string(found[2]), stdout.String()); diff != "" {
		t.Errorf("the README's session is not what exprobe demo prints; run go test ./cmd/exprobe -update\n%s", diff)
	}
}

// Every file that the README links to is there.
func TestReadmeLinksLeadSomewhere(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(string(text), -1)
	if len(links) < 10 {
		t.Errorf("only %d links were found", len(links))
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(link[1]))); err != nil {
			t.Errorf("%s: %v", link[1], err)
		}
	}
}

// Every flag that the README names exists.
func TestReadmeFlagsExist(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var help bytes.Buffer
	for _, command := range []string{"audit", "demo", "collect", "renewal"} {
		app.Main([]string{command, "--help"}, app.Environment{Stdin: strings.NewReader(""), Stdout: &help, Stderr: &help, Now: time.Now})
	}
	for _, flag := range regexp.MustCompile("`[^`\n]*`|(?m)^ *exprobe .*$").FindAllString(string(text), -1) {
		for _, name := range regexp.MustCompile(`--[a-z][a-z0-9-]+`).FindAllString(flag, -1) {
			if !strings.Contains(help.String(), name+" ") && !strings.Contains(help.String(), name+"\n") {
				t.Errorf("%s is no flag", name)
			}
		}
	}
}
