package configs

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"exprobe/rules"
	"exprobe/rules/own"
	"exprobe/rules/report"

	"go.yaml.in/yaml/v3"
)

// Off switches a rule off.
const Off = "off"

// Grade is what the configuration makes of one rule.
type Grade struct {
	Rule  string
	Level string // Off or a severity
}

// OwnRule is a rule of the organization's own.
type OwnRule struct {
	ID         string // begins with rules.OwnPrefix
	Title      string
	Severity   report.Severity
	Expression string
	Message    string
	Check      own.Check // compiled from both
}

// Policy is what the configuration decides about the judging.
func (c *Config) Policy() rules.Policy {
	p := rules.Policy{FailOn: c.FailOn, Waivers: c.Waivers, Severities: map[string]report.Severity{}, Off: map[string]bool{}}
	for _, g := range c.Rules {
		if g.Level == Off {
			p.Off[g.Rule] = true
		} else {
			p.Severities[g.Rule] = report.Severity(g.Level)
		}
	}
	for _, r := range c.OwnRules {
		p.Own = append(p.Own, rules.Rule{ID: r.ID, Title: r.Title, Severity: r.Severity, Why: r.Expression, Check: r.Check})
	}
	return p
}

var severities = []string{string(report.Error), string(report.Warning), string(report.Info)}

// grades reads the table of rules.
func grades(path string, node *yaml.Node, own []string) ([]Grade, error) {
	list := []Grade{}
	lines := map[string]int{}
	for i := 0; i < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		where := fmt.Sprintf("%s:%d", path, name.Line)
		if err := knownRule(where, name.Value, own); err != nil {
			return nil, err
		}
		if first := lines[name.Value]; first != 0 {
			return nil, fmt.Errorf("%s: rule %q stands on line %d already", where, name.Value, first)
		}
		lines[name.Value] = name.Line
		level := value.Value
		if value.Kind != yaml.ScalarNode || level != Off && !slices.Contains(severities, level) {
			return nil, hint(fmt.Errorf("%s: rule %q is not set to one of %s, %s", where, name.Value, Off, strings.Join(severities, ", ")),
				"write, for instance, %s: info", name.Value)
		}
		list = append(list, Grade{name.Value, level})
	}
	return list, nil
}

// knownRule refuses a rule that neither exprobe nor the file has.
func knownRule(where, id string, own []string) error {
	ids := slices.Clone(own)
	for _, r := range rules.All() {
		ids = append(ids, r.ID)
	}
	if slices.Contains(ids, id) {
		return nil
	}
	err := fmt.Errorf("%s: rule %q is not known", where, id)
	if meant := Nearest(id, ids); meant != "" {
		return hint(err, "did you mean %s?", meant)
	}
	return hint(err, "exprobe explain lists the rules")
}

var waiverColumns = []column{
	{"rule", "the ID of the rule that is waived"},
	{"subject", "what it is about, as the report names it: a host, an address, a provider; * is a wildcard"},
	{"owner", "who answers for it"},
	{"reason", "why it is accepted"},
	{"until", "its last day, such as 2027-01-31, or certificate and a thumbprint"},
}

func waivers(path string, node *yaml.Node, own []string) ([]rules.Waiver, error) {
	list := []rules.Waiver{}
	for _, item := range node.Content {
		cells, err := row(path, item, "a waiver", waiverColumns)
		if err != nil {
			return nil, err
		}
		w := rules.Waiver{Rule: cells["rule"].text, Subject: cells["subject"].text, Owner: cells["owner"].text, Reason: cells["reason"].text}
		where := fmt.Sprintf("%s:%d", path, cells["rule"].line)
		if err := knownRule(where, w.Rule, own); err != nil {
			return nil, err
		}
		if r, ok := rules.Find(w.Rule); ok && r.Weigh != nil {
			return nil, hint(fmt.Errorf("%s: rule %q is about waivers and cannot be waived", where, w.Rule), "remove the waiver that it finds, or give it another end")
		}
		if slices.ContainsFunc(list, func(other rules.Waiver) bool {
			return other.Rule == w.Rule && strings.EqualFold(other.Subject, w.Subject)
		}) {
			return nil, hint(fmt.Errorf("%s: there is a waiver of %s for %s already", where, w.Rule, w.Subject), "keep the one that is meant")
		}
		if w.Until, err = parseUntil(cells["until"].text); err != nil {
			return nil, hint(fmt.Errorf("%s:%d: key \"until\": %w", path, cells["until"].line, err),
				"write, for instance, until: 2027-01-31, or until: certificate and the thumbprint that the report shows")
		}
		list = append(list, w)
	}
	return list, nil
}

// parseUntil reads a day, or "certificate" and a thumbprint as Windows writes it, with
// or without blanks or colons.
func parseUntil(text string) (rules.Until, error) {
	if digits, ok := strings.CutPrefix(text, "certificate "); ok {
		digits = strings.NewReplacer(" ", "", ":", "").Replace(digits)
		if sum, err := hex.DecodeString(digits); err != nil || len(sum) != 20 {
			return rules.Until{}, errors.New("a thumbprint is forty hexadecimal digits")
		}
		return rules.Until{Certificate: strings.ToUpper(digits)}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return rules.Until{}, fmt.Errorf("%q is neither a day such as 2027-01-31 nor certificate and a thumbprint", text)
	}
	return rules.Until{Day: day}, nil
}

// maxOwnRules bounds the rules of one configuration: each may cost a second.
const maxOwnRules = 100

var (
	ownID      = regexp.MustCompile(`^` + rules.OwnPrefix + `[a-z0-9]+(-[a-z0-9]+)*$`)
	ownColumns = []column{
		{"id", "a name such as own-issuer"},
		{"title", "in a line, what is wrong when it finds something"},
		{"severity", "error, warning or info"},
		{"expression", "what is true of what is wrong, such as certificate.selfSigned"},
		{"message", "what is said then; {certificate.host} in it stands for a value"},
	}
)

func ownRules(path string, node *yaml.Node) ([]OwnRule, error) {
	list := []OwnRule{}
	sources := []own.Source{}
	var rows []map[string]cell
	for _, item := range node.Content {
		cells, err := row(path, item, "a rule", ownColumns)
		if err != nil {
			return nil, err
		}
		r := OwnRule{ID: cells["id"].text, Title: cells["title"].text, Severity: report.Severity(cells["severity"].text),
			Expression: cells["expression"].text, Message: cells["message"].text}
		where := func(column string) string { return fmt.Sprintf("%s:%d", path, cells[column].line) }
		switch {
		case !ownID.MatchString(r.ID):
			return nil, hint(fmt.Errorf("%s: the ID %q is not %s and small letters, digits and hyphens", where("id"), r.ID, rules.OwnPrefix), "call it, for instance, own-issuer")
		case slices.ContainsFunc(list, func(other OwnRule) bool { return other.ID == r.ID }):
			return nil, fmt.Errorf("%s: there is a rule %s already", where("id"), r.ID)
		case !slices.Contains(severities, string(r.Severity)):
			return nil, hint(fmt.Errorf("%s: severity %q is not one of %s", where("severity"), r.Severity, strings.Join(severities, ", ")), "write, for instance, severity: warning")
		case len(list) == maxOwnRules:
			return nil, fmt.Errorf("%s: there are more than %d rules", where("id"), maxOwnRules)
		}
		list, sources, rows = append(list, r), append(sources, own.Source{ID: r.ID, Expression: r.Expression, Message: r.Message}), append(rows, cells)
	}
	checks, err := own.Compile(sources)
	var mistake *own.Error
	if errors.As(err, &mistake) {
		i := slices.IndexFunc(list, func(r OwnRule) bool { return r.ID == mistake.ID })
		return nil, hint(fmt.Errorf("%s:%d: rule %w", path, rows[i][mistake.Part].line, err), "%s", mistake.Hint())
	}
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Check = checks[i]
	}
	return list, nil
}

// ownIDs are the IDs of the file's own rules, whether or not they are right.
func ownIDs(root *yaml.Node) []string {
	var ids []string
	for i := 0; i+1 < len(root.Content); i += 2 {
		if root.Content[i].Value != "own-rules" {
			continue
		}
		for _, item := range root.Content[i+1].Content {
			for j := 0; j+1 < len(item.Content); j += 2 {
				if item.Content[j].Value == "id" {
					ids = append(ids, item.Content[j+1].Value)
				}
			}
		}
	}
	return ids
}
