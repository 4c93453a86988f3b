package own

import (
	"fmt"
	"strings"
)

// Thing is a kind of the view, as it is documented.
type Thing struct {
	Name, Plural, About string
	Fields              []Field
}

// Field is one fact of a [Thing].
type Field struct{ Name, Type, About string }

// View documents what an expression may look at. Things and fields are added to it;
// none is renamed or changes its meaning.
func View() []Thing {
	var things []Thing
	for _, k := range view() {
		thing := Thing{Name: k.name, Plural: k.plural, About: k.about}
		for _, f := range k.fields {
			thing.Fields = append(thing.Fields, Field{f.name, typeText(f.typ), f.about})
		}
		things = append(things, thing)
	}
	return things
}

// Explain tells how to write a rule, and lists the view.
func Explain() string {
	var b strings.Builder
	b.WriteString(`Rules of your own

An organization adds its rules to the configuration file:

  own-rules:
    - id: own-issuer
      title: a certificate is not from our authority
      severity: warning
      expression: certificate.selfSigned || !certificate.issuer.contains("Contoso")
      message: "{certificate.host} shows a certificate of {certificate.issuer}"

The expression is of the Common Expression Language (cel.dev) and is true of what is
wrong. It names one thing in the singular, as certificate, and is asked of each that
there is; it may look at all things of a kind through the list in the plural, as in
hosts.exists(h, h.name == certificate.host). One that names no single thing is asked
once for each organization. now is the instant as of which the audit judges.

What is absent is null, or an empty list. What could not be seen has no value: where
it decides, the answer is unknown, and never that all is well. So there is no macro
has(). The time zone is UTC. In the message {EXPRESSION} stands for a value, and {{
and }} for braces.

An ID begins with "own-". exprobe config check compiles the rules.
`)
	for _, thing := range View() {
		fmt.Fprintf(&b, "\n%s, of the list %s: %s\n", thing.Name, thing.Plural, thing.About)
		for _, f := range thing.Fields {
			line := fmt.Sprintf("  %-24s %-18s %s", f.Name, f.Type, f.About)
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}
