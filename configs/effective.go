package configs

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Effective loads a configuration as [Load] does, and writes what it comes to as YAML:
// every key with its value and the place that says it. What is written is a
// configuration that means the same, but for what is hidden: the password in a URL.
// A variable that holds a secret is named and its value is not.
func Effective(path string, environ []string, flags map[string]any) (*Config, []byte, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	cfg, err := merge(path, data, environ, flags)
	if err != nil {
		return nil, nil, err
	}
	var whole yaml.Node
	whole.Kind = yaml.MappingNode
	defaults, err := said("default.yaml", defaultYAML)
	if err != nil {
		return nil, nil, err
	}
	file, err := said(path, data)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range keys {
		value, place := k.effective(defaults, file, environ, flags)
		if place == "file" {
			place = fmt.Sprintf("%s:%d", path, value.Line)
		}
		hide(value)
		name := &yaml.Node{Kind: yaml.ScalarNode, Value: k.name}
		if value.Kind == yaml.ScalarNode || value.Style&yaml.FlowStyle != 0 || len(value.Content) == 0 {
			value.LineComment = place
		} else {
			name.HeadComment = place
		}
		whole.Content = append(whole.Content, name, value)
	}
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	if err := encoder.Encode(&whole); err != nil {
		return nil, nil, fmt.Errorf("writing the configuration: %w", err)
	}
	for _, name := range otherVariables {
		if secretName.MatchString(name) && slices.ContainsFunc(environ, func(entry string) bool {
			return strings.HasPrefix(entry, name+"=") && entry != name+"="
		}) {
			fmt.Fprintf(&b, "# %s is set, and is not shown\n", name)
		}
	}
	return cfg, b.Bytes(), nil
}

// said returns the values of a file by key, of keys that say something.
func said(path string, data []byte) (map[string]*yaml.Node, error) {
	root, err := document(path, data)
	if root == nil || err != nil {
		return nil, err
	}
	values := map[string]*yaml.Node{}
	for i := 0; i < len(root.Content); i += 2 {
		if node := root.Content[i+1]; node.Kind != yaml.ScalarNode || node.ShortTag() != "!!null" {
			node.Line = root.Content[i].Line // where a reader looks for it
			values[root.Content[i].Value] = node
		}
	}
	return values, nil
}

// effective is the value of a key that wins, and who says it.
func (k key) effective(defaults, file map[string]*yaml.Node, environ []string, flags map[string]any) (value *yaml.Node, place string) {
	if texts, ok := flagTexts(flags[k.name]); ok {
		return k.node(texts), "--" + k.name
	}
	for _, entry := range slices.Backward(environ) {
		if name, value, _ := strings.Cut(entry, "="); name == variable(k.name) && strings.TrimSpace(value) != "" {
			return k.node(k.split(value)), name
		}
	}
	if value, ok := file[k.name]; ok {
		return value, "file"
	}
	return defaults[k.name], "default"
}

// node writes the texts of a flag or a variable as a file would.
func (k key) node(texts []string) *yaml.Node {
	tag := map[form]string{formNumber: "!!int", formTruth: "!!bool"}[k.form]
	if tag == "" {
		tag = "!!str"
	}
	var scalars []*yaml.Node
	for _, text := range texts {
		scalars = append(scalars, &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text})
	}
	if k.form == formList {
		return &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle, Content: scalars}
	}
	return scalars[0]
}

var passwordInURL = regexp.MustCompile(`(://[^/@:\s]*):[^/@\s]*@`)

// hide takes from a value what is nobody else's business: the password in a URL, and
// comments, which may hold anything.
func hide(node *yaml.Node) {
	node.HeadComment, node.LineComment, node.FootComment = "", "", ""
	if node.Kind == yaml.ScalarNode {
		node.Value = passwordInURL.ReplaceAllString(node.Value, "$1:hidden@")
	}
	for _, child := range node.Content {
		hide(child)
	}
}

// soon is how long before its end a waiver is told of: long enough to have a
// certificate renewed.
const soon = 30 * 24 * time.Hour

// Reminder is something about a configuration that is no mistake and will soon matter.
type Reminder struct{ Text, Hint string }

// Reminders tells of the waivers that have ended, or will within thirty days, as of
// an instant.
func (c *Config) Reminders(at time.Time) []Reminder {
	var list []Reminder
	for _, w := range c.Waivers {
		text := fmt.Sprintf("the waiver of %s for %s, by %s, ", w.Rule, w.Subject, w.Owner)
		switch {
		case w.Until.Certificate != "":
		case w.Until.Over(at):
			list = append(list, Reminder{text + "ended on " + w.Until.String(), "what it covered counts again: mend it and remove the waiver, or give it another end"})
		case w.Until.Over(at.Add(soon)):
			list = append(list, Reminder{text + "ends on " + w.Until.String(), "mend what it covers, or have its owner decide anew"})
		}
	}
	return list
}
