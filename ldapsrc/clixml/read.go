package clixml

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/clixml/psobject"
)

// The most that is taken from a folder.
const (
	// maxFile is what the exports of some hundred servers have, whole and in UTF-16: a
	// virtual directory of Outlook on the web alone has 300 KB there.
	maxFile = 256 << 20

	// maxFiles is one for each cmdlet and each of a hundred servers.
	maxFiles = 2000
)

// Options say how to read a folder. The zero value will do.
type Options struct {
	Name string // what reports call the folder; empty is "the folder"
}

// Export is what a folder holds.
type Export struct {
	Organization facts.Organization

	// Certificates are those that Get-ExchangeCertificate lists, of every server that it
	// was asked of, each once. Which of them a host serves nobody can say from here.
	Certificates facts.Observed[[]facts.Certificate]
}

// Read reads the files at the top of a folder, by their names, and where a name says
// nothing by what they hold. It fails only where nothing can be read at all; what of
// the organization is missing says so itself.
func Read(folder fs.FS, o Options) (Export, error) {
	if o.Name == "" {
		o.Name = "the folder"
	}
	refuse := func(what, hint string) (Export, error) {
		return Export{}, &failure{fmt.Sprintf("reading %s: %s", o.Name, what), hint}
	}
	entries, err := fs.ReadDir(folder, ".")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse("there is no such folder", "check the name; it counts from the current folder")
	case err != nil:
		return Export{}, fmt.Errorf("reading %s: %w", o.Name, err)
	}
	x := exports{folder: o.Name, by: map[string]*export{}}
	files := 0
	for _, entry := range entries {
		switch ext := strings.ToLower(path.Ext(entry.Name())); {
		case entry.IsDir() || ext != ".xml" && ext != ".clixml":
			continue
		}
		if files++; files > maxFiles {
			return refuse(fmt.Sprintf("it holds more than %d files", maxFiles), "name the folder of one organization")
		}
		x.read(folder, entry.Name())
	}
	if len(x.by) == 0 {
		return refuse("it holds no exports of Exchange's cmdlets, such as Get-OutlookProvider.xml",
			"make it with the script that exprobe collect --shell-script prints")
	}
	if first, other := x.organizations(); other != "" {
		return refuse(fmt.Sprintf("it holds exports of two organizations, %s and %s", printable(first), printable(other)),
			"give each a folder of its own")
	}
	return Export{Organization: x.organization(), Certificates: x.certificates()}, nil
}

// failure is an error with the next step.
type failure struct{ what, hint string }

func (f *failure) Error() string { return f.what }
func (f *failure) Hint() string  { return f.hint }

// exports is what was read, by cmdlet.
type exports struct {
	folder string
	by     map[string]*export
	stray  []string // files that are no exports of these cmdlets
}

// export is what was read of one cmdlet.
type export struct {
	cmdlet  cmdlet
	objects []object
	why     []string // why the objects may not be all
}

// of is what was read of a cmdlet; of one that nobody exported nothing, with the reason.
func (x *exports) of(name string) export {
	if e := x.by[name]; e != nil {
		return *e
	}
	return export{why: []string{fmt.Sprintf("%s was not exported to %s", name, x.folder)}}
}

func (x *exports) has(name string) bool { return x.by[name] != nil }

func (x *exports) at(c cmdlet) *export {
	if x.by[c.name] == nil {
		x.by[c.name] = &export{cmdlet: c}
	}
	return x.by[c.name]
}

func (x *exports) read(folder fs.FS, name string) {
	named, known := byFile(name)
	if known {
		e := x.at(named)
		if notes := notesOf(folder, name); notes != "" {
			e.why = append(e.why, fmt.Sprintf("%s reported errors while it was exported; they stand in %s/%s", named.name, x.folder, notes))
		}
	}
	found := known
	err := x.objects(folder, name, func(v *psobject.Value) {
		c := named
		if !known {
			holds, ok := kindOf(v)
			if !ok {
				return
			}
			c, found = holds, true
		}
		e := x.at(c)
		e.objects = append(e.objects, object{Value: v, file: x.folder + "/" + name})
	})
	switch {
	case err != nil && found && !known:
		for _, e := range x.by { // whatever else it held
			e.why = append(e.why, fmt.Sprintf("reading %s/%s: %s", x.folder, name, printable(err.Error())))
		}
	case err != nil && known:
		x.at(named).why = append(x.at(named).why, fmt.Sprintf("reading %s/%s: %s; export %s again", x.folder, name, printable(err.Error()), named.name))
	case !found:
		x.stray = append(x.stray, name)
	}
}

// objects hands over each object of a file, those inside lists too: Export-Clixml
// writes a list whole where it is not given one by one.
func (x *exports) objects(folder fs.FS, name string, each func(*psobject.Value)) error {
	file, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	limited := &io.LimitedReader{R: file, N: maxFile + 1}
	err = psobject.Read(limited, func(v *psobject.Value) error {
		if v.List && len(v.Members) == 0 {
			for _, item := range v.Items {
				each(item)
			}
		} else if !v.Null {
			each(v)
		}
		return nil
	})
	if limited.N == 0 {
		return psobject.ErrTooLarge
	}
	return err
}

// notesOf is the file in which the script noted errors beside an export, such as
// Get-OutlookProvider.notes.txt, or "". What it says stays there: it may name anything.
func notesOf(folder fs.FS, name string) string {
	notes := strings.TrimSuffix(name, path.Ext(name)) + ".notes.txt"
	if info, err := fs.Stat(folder, notes); err != nil || info.Size() == 0 {
		return ""
	}
	return notes
}

// kindOf is the cmdlet that shows such objects. Those of Get-ClientAccessService are of
// the class of a server, and certificates are no objects of the directory.
func kindOf(v *psobject.Value) (cmdlet, bool) {
	class := v.Member("ObjectClass")
	switch {
	case v.Member("AutoDiscoverServiceInternalUri") != nil:
		return byFile(getPoints)
	case v.Member("RawData") != nil:
		return byFile(getCertificates)
	case class == nil || len(class.Items) == 0:
		return cmdlet{}, false
	}
	return byClass(class.Items[len(class.Items)-1].Text)
}

// missing is for people; what a rule needs and does not find says its reason itself.
func (x *exports) missing() (list []string) {
	var absent []string
	for _, c := range cmdlets {
		if !x.has(c.name) {
			absent = append(absent, c.name)
		}
	}
	if len(absent) > 0 {
		list = append(list, "not exported to "+x.folder+": "+strings.Join(absent, ", "))
	}
	for _, c := range cmdlets {
		if x.has(c.name) {
			list = append(list, x.of(c.name).why...)
		}
	}
	for _, name := range x.stray {
		list = append(list, fmt.Sprintf("%s/%s is no export of a cmdlet that is read here", x.folder, printable(name)))
	}
	return list
}
