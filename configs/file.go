package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds a configuration file, in bytes. Every key written out with its
// comment takes 3 KB; a file of this size was named by mistake.
const maxFile = 1 << 20

// readFile reads the text of the file at path; "" says nothing.
func readFile(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, hint(fmt.Errorf("reading the configuration: %w", err), "name an existing file, or leave --config out")
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("reading the configuration: %s is larger than %d bytes", path, maxFile)
	}
	return data, nil
}

// parseFile reads what a file says.
func parseFile(path string, data []byte) (layer, error) {
	root, err := document(path, data)
	if root == nil || err != nil {
		return layer{}, err
	}
	return mapping(path, root, func(key) bool { return true })
}

// document reads YAML as nodes, because only they know their lines, and because
// decoding them further would turn a date into an instant and repeat a value in
// an error. It is nil where the file says nothing.
func document(path string, data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var whole yaml.Node
	if err := decoder.Decode(&whole); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, syntaxError(path, err)
	}
	root := whole.Content[0]
	if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
		return nil, nil
	}
	if root.Kind != yaml.MappingNode {
		return nil, hint(fmt.Errorf("%s:%d: keys and values are expected", path, root.Line), "write, for instance, host: [mail.contoso.com]")
	}
	var next yaml.Node
	if err := decoder.Decode(&next); err == nil {
		return nil, fmt.Errorf("%s:%d: a second document begins here, and one is expected", path, next.Line)
	} else if !errors.Is(err, io.EOF) {
		return nil, syntaxError(path, err)
	}
	return root, nil
}

// mapping reads keys and values, of the keys that may stand there.
func mapping(path string, root *yaml.Node, may func(key) bool) (layer, error) {
	values := layer{}
	lines := map[string]int{}
	for i := 0; i < len(root.Content); i += 2 {
		name, node := root.Content[i], root.Content[i+1]
		where := fmt.Sprintf("%s:%d", path, name.Line)
		k, ok := keyNamed(name.Value)
		if !ok || name.Kind != yaml.ScalarNode {
			return nil, unknownKey(where, name.Value)
		}
		if !may(k) {
			return nil, hint(fmt.Errorf("%s: key %q is not one of a directory", where, k.name), "move it to the left, out of directories")
		}
		if first := lines[k.name]; first != 0 {
			return nil, fmt.Errorf("%s: key %q stands on line %d already", where, k.name, first)
		}
		lines[k.name] = name.Line
		if node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" {
			continue // a key whose value is commented out says nothing
		}
		if k.form == formTables || k.form == formTable {
			value, err := nested(path, k, node, root)
			if err != nil {
				return nil, err
			}
			values[k.name] = value
			continue
		}
		texts, found := flatten(node)
		if found != k.form {
			return nil, hint(fmt.Errorf("%s: key %q is %s, and %s is expected", where, k.name, found, k.form),
				"write, for instance, %s: %s", k.name, k.example)
		}
		value, err := k.read(texts)
		if err != nil {
			return nil, hint(fmt.Errorf("%s: key %q: %w", where, k.name, err), "write, for instance, %s: %s", k.name, k.example)
		}
		values[k.name] = value
	}
	return values, nil
}

// flatten returns the texts of a scalar or of a list of texts, and what it is.
func flatten(node *yaml.Node) ([]string, form) {
	switch node.Kind {
	case yaml.MappingNode:
		return nil, "a table"
	case yaml.AliasNode:
		return nil, "a YAML alias"
	case yaml.SequenceNode:
		var texts []string
		for _, item := range node.Content {
			text, found := flatten(item)
			if found != formText {
				return nil, "a list with " + found + " in it"
			}
			texts = append(texts, text...)
		}
		return texts, formList
	}
	texts := []string{node.Value}
	switch node.ShortTag() {
	case "!!str", "!!timestamp": // 2026-11-22 without quotes is a text to us
		return texts, formText
	case "!!int":
		return texts, formNumber
	case "!!bool":
		return texts, formTruth
	case "!!null":
		return nil, "nothing"
	case "!!float":
		return nil, "a fraction"
	}
	return nil, "something else"
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxError keeps the line and the reason. A reason that quotes the file is
// left out: what it quotes may be a password.
func syntaxError(path string, err error) error {
	reason := err.Error()
	if m := yamlLine.FindStringSubmatch(reason); m != nil {
		path += ":" + m[1]
		reason = reason[len(m[0]):]
	}
	reason = strings.TrimPrefix(reason, "yaml: ")
	if strings.ContainsAny(reason, "'`\"") {
		reason = "the text cannot be read"
	}
	return hint(fmt.Errorf("%s: not YAML: %s", path, reason), "look there and just above for a missing colon, blank or quote")
}
