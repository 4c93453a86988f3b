package psobject_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"exprobe/ldapsrc/clixml/psobject"

	"github.com/google/go-cmp/cmp"
)

// objs is one document.
func objs(inside string) string {
	return `<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">` + inside + `</Objs>`
}

// units writes a text in UTF-16, without a byte order mark.
func units(text string, bigEndian bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		high, low := byte(unit>>8), byte(unit)
		if bigEndian {
			b.WriteByte(high)
		}
		b.WriteByte(low)
		if !bigEndian {
			b.WriteByte(high)
		}
	}
	return b.String()
}

// show writes a value as one line.
func show(v *psobject.Value) string {
	var b strings.Builder
	if v.Name != "" {
		b.WriteString(v.Name + ":")
	}
	switch {
	case v.Null:
		b.WriteString("null")
	case v.HasText:
		fmt.Fprintf(&b, "%q", v.Text)
	}
	if v.HasNumber {
		b.WriteString("=" + v.Number)
	}
	if len(v.Types) > 0 {
		b.WriteString("<" + v.Types[0] + ">")
	}
	for i, list := range [][]*psobject.Value{v.Items, v.Members} {
		if len(list) == 0 && !(i == 0 && v.List) {
			continue
		}
		var parts []string
		for _, part := range list {
			parts = append(parts, show(part))
		}
		fmt.Fprintf(&b, "%c%s%c", "[{"[i], strings.Join(parts, " "), "]}"[i])
	}
	return b.String()
}

func read(file string) (list []string, err error) {
	err = psobject.Read(strings.NewReader(file), func(v *psobject.Value) error {
		list = append(list, show(v))
		return nil
	})
	return list, err
}

func TestReadTakesWhatPowerShellWrites(t *testing.T) {
	for _, test := range []struct {
		name, file string
		want       []string
	}{
		{"nothing", objs(""), nil},
		{"texts and numbers", objs(`<S>a</S><I32>-1</I32><B>true</B><Nil /><S></S>`), []string{`"a"`, `"-1"`, `"true"`, "null", `""`}},
		{"a live object", objs(`<Obj RefId="0"><TN RefId="0"><T>A.B</T><T>System.Object</T></TN><ToString>b</ToString><Props><S N="Name">b</S></Props><MS><S N="More">c</S></MS></Obj>`),
			[]string{`"b"<A.B>{Name:"b" More:"c"}`}},
		{"a copy from a remote session", objs(`<Obj RefId="0"><TN RefId="0"><T>Deserialized.A.B</T></TN></Obj>`), []string{`<A.B>`}},
		{"types by reference", objs(`<Obj RefId="0"><TN RefId="7"><T>A</T></TN></Obj><Obj RefId="1"><TNRef RefId="7" /></Obj>`), []string{`<A>`, `<A>`}},
		{"an enumeration", objs(`<Obj RefId="0"><ToString>Ntlm</ToString><I32>2</I32></Obj>`), []string{`"Ntlm"=2`}},
		{"a text with properties", objs(`<Obj RefId="0"><S>a</S><MS><S N="PSPath">b</S></MS></Obj>`), []string{`"a"{PSPath:"b"}`}},
		{"lists of every kind", objs(`<Obj RefId="0"><LST><S>a</S><S>b</S></LST></Obj><Obj><STK><S>a</S></STK></Obj><Obj><QUE /></Obj><Obj><IE><S>a</S></IE></Obj>`),
			[]string{`["a" "b"]`, `["a"]`, `[]`, `["a"]`}},
		{"a table", objs(`<Obj RefId="0"><DCT><En><S N="Key">k</S><S N="Value">v</S></En></DCT></Obj>`), []string{`{k:"v"}`}},
		{"a reference", objs(`<Obj RefId="0"><Props><Obj N="Identity" RefId="1"><ToString>id</ToString></Obj><Ref N="Id" RefId="1" /></Props></Obj>`),
			[]string{`{Identity:"id" Id:"id"}`}},
		{"a reference to nothing", objs(`<Ref RefId="9" />`), []string{""}},
		{"a reference to itself", objs(`<Obj RefId="0"><Props><Ref N="Me" RefId="0" /></Props></Obj>`), []string{"{Me:}"}},
		{"a secure string is never kept", objs(`<SS N="Password">01000000d08c9ddf</SS>`), []string{"Password:"}},
		{"escapes", objs(`<S N="A_x002E_B">a_x000D__x000A_b_x005F_x0041__xD83D__xDE00__x12_</S>`), []string{`A.B:"a\r\nb_x0041_😀_x12_"`}},
		{"half a surrogate", objs(`<S>_xD83D_a</S>`), []string{"\"\uFFFDa\""}},
		{"UTF-8 with a mark", "\xef\xbb\xbf" + objs(`<S>ü</S>`), []string{`"ü"`}},
		{"UTF-16", "\xff\xfe" + units(objs(`<S>ü😀</S>`), false), []string{`"ü😀"`}},
		{"UTF-16, big end first", "\xfe\xff" + units(objs(`<S>ü😀</S>`), true), []string{`"ü😀"`}},
		{"UTF-16 without a mark", units(objs(`<S>ü</S>`), false), []string{`"ü"`}},
		{"UTF-16 with a declaration", "\xff\xfe" + units(`<?xml version="1.0" encoding="utf-16"?>`+objs(`<S>a</S>`), false), []string{`"a"`}},
		{"several documents, each with numbers of its own", objs(`<Obj RefId="0"><ToString>a</ToString></Obj>`) + "\n\ufeff" + objs(`<Obj RefId="1"><ToString>b</ToString></Obj><Ref RefId="0" />`),
			[]string{`"a"`, `"b"`, ""}},
		{"what a remote session sends", "#< CLIXML\r\n" + objs(`<S>a</S>`), []string{`"a"`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := read(test.file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestReadRefusesTheRest(t *testing.T) {
	deep := strings.Repeat(`<Obj><LST>`, 100) + strings.Repeat(`</LST></Obj>`, 100)
	for name, test := range map[string]struct {
		file string
		is   error
	}{
		"an empty file":        {"", psobject.ErrNotCLIXML},
		"a text":               {"hello", psobject.ErrNotCLIXML},
		"another document":     {"<html><body/></html>", psobject.ErrNotCLIXML},
		"a document type":      {`<!DOCTYPE a [<!ENTITY b "c">]>` + objs("<S>&b;</S>"), psobject.ErrNotCLIXML},
		"one inside":           {objs(`<!DOCTYPE a><S>b</S>`), psobject.ErrNotCLIXML},
		"elements in a text":   {objs(`<S>a<b/></S>`), psobject.ErrNotCLIXML},
		"too deep":             {objs(deep), psobject.ErrTooLarge},
		"an end that is early": {strings.TrimSuffix(objs("<S>a</S>"), "</Objs>"), nil},
		"an unknown entity":    {objs("<S>&b;</S>"), nil},
	} {
		_, err := read(test.file)
		if err == nil || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatStoodBeforeAMistakeWasHandedOver(t *testing.T) {
	got, err := read(objs(`<S>a</S><S>b`))
	if err == nil || len(got) != 1 {
		t.Errorf("got %q and %v", got, err)
	}
}

func TestAnErrorOfTheReceiverEndsTheReading(t *testing.T) {
	enough := errors.New("enough")
	seen := 0
	err := psobject.Read(strings.NewReader(objs(`<S>a</S><S>b</S>`)), func(*psobject.Value) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("%d values, then %v", seen, err)
	}
}

func TestMembersAndTypes(t *testing.T) {
	var v psobject.Value
	err := psobject.Read(strings.NewReader(objs(`<Obj><TN><T>Deserialized.A.Server</T></TN><Props><S N="Name">a</S></Props></Obj>`)),
		func(found *psobject.Value) error { v = *found; return nil })
	if err != nil || v.Member("NAME") == nil || v.Member("Other") != nil || !v.Is("Server") || v.Is("erver") {
		t.Errorf("%v: %s", err, show(&v))
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(objs(`<Obj RefId="0"><TN RefId="0"><T>A</T></TN><ToString>b_x000A_</ToString><Props><Obj N="L" RefId="1"><LST><I32>1</I32></LST></Obj><Ref N="R" RefId="1"/></Props></Obj>`)))
	f.Add([]byte("\xff\xfe" + units(objs(`<S>a😀</S>`), false)))
	f.Add([]byte(objs(`<Obj><DCT><En><S N="Key">k</S><Nil N="Value"/></En></DCT></Obj>`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = psobject.Read(strings.NewReader(string(data)), func(v *psobject.Value) error {
			if v.Null && v.HasText {
				t.Errorf("null with a text: %s", v.Text)
			}
			if strings.Contains(v.Text, "\xff") {
				t.Errorf("no UTF-8: %q", v.Text)
			}
			return nil
		})
	})
}
