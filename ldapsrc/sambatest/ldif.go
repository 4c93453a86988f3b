package sambatest

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// Apply sends LDIF (RFC 2849) to the controller as the Administrator over LDAPS:
// records that add an object, and records that modify or delete one ("changetype:
// modify" and "changetype: delete"). It stops at the first record that the controller refuses.
func (c *Controller) Apply(ldif []byte) error {
	records, err := parseRecords(string(ldif))
	if err != nil {
		return err
	}
	conn, err := c.bind()
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, r := range records {
		switch {
		case r.deleted:
			err = conn.Del(&ldap.DelRequest{DN: r.dn})
		case r.changes != nil:
			err = conn.Modify(&ldap.ModifyRequest{DN: r.dn, Changes: r.changes})
		default:
			err = conn.Add(&ldap.AddRequest{DN: r.dn, Attributes: r.attributes})
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.dn, err)
		}
	}
	return nil
}

// record is one LDIF record: an object to add, changes to one, or its end.
type record struct {
	dn         string
	attributes []ldap.Attribute
	changes    []ldap.Change
	deleted    bool
}

// operations are the changes of a modification, RFC 4511 section 4.6.
var operations = map[string]uint{
	"add":     ldap.AddAttribute,
	"delete":  ldap.DeleteAttribute,
	"replace": ldap.ReplaceAttribute,
}

func parseRecords(text string) ([]record, error) {
	var records []record
	for _, block := range blocks(text) {
		name, dn, err := parseLine(block[0])
		if err != nil {
			return nil, err
		}
		if name != "dn" {
			return nil, fmt.Errorf("a record begins with %q and not with its dn", block[0])
		}
		r, err := parseRecord(block[1:])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dn, err)
		}
		r.dn = dn
		records = append(records, r)
	}
	return records, nil
}

// parseRecord reads what follows the dn.
func parseRecord(lines []string) (r record, err error) {
	kind := ""
	if len(lines) > 0 {
		kind = lines[0]
	}
	switch kind {
	case "changetype: delete":
		r.deleted = true
		if len(lines) > 1 {
			err = fmt.Errorf("%q follows a deletion", lines[1])
		}
	case "changetype: modify":
		r.changes, err = parseChanges(lines[1:])
	default:
		r.attributes, err = parseAttributes(lines)
	}
	return r, err
}

// blocks returns the lines of each record, unfolded and without comments.
func blocks(text string) [][]string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\n ", "")
	var all [][]string
	var block []string
	for line := range strings.SplitSeq(text+"\n\n", "\n") {
		switch {
		case strings.HasPrefix(line, "#"), line == "version: 1":
		case line != "":
			block = append(block, line)
		case block != nil:
			all = append(all, block)
			block = nil
		}
	}
	return all
}

// parseLine splits "name: text" or "name:: base64".
func parseLine(line string) (name, text string, err error) {
	name, text, ok := strings.Cut(line, ":")
	if !ok || name == "" {
		return "", "", fmt.Errorf("%q is not of the form name: value", line)
	}
	if encoded, ok := strings.CutPrefix(text, ":"); ok {
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimLeft(encoded, " "))
		if err != nil {
			return "", "", fmt.Errorf("decoding %s: %w", name, err)
		}
		return name, string(decoded), nil
	}
	return name, strings.TrimLeft(text, " "), nil
}

func parseAttributes(lines []string) ([]ldap.Attribute, error) {
	var attributes []ldap.Attribute
	for _, line := range lines {
		name, text, err := parseLine(line)
		if err != nil {
			return nil, err
		}
		if last := len(attributes) - 1; last >= 0 && attributes[last].Type == name {
			attributes[last].Vals = append(attributes[last].Vals, text)
			continue
		}
		attributes = append(attributes, ldap.Attribute{Type: name, Vals: []string{text}})
	}
	return attributes, nil
}

// parseChanges reads changes of the form "replace: name", values, "-".
func parseChanges(lines []string) ([]ldap.Change, error) {
	changes := []ldap.Change{}
	for len(lines) > 0 {
		verb, name, err := parseLine(lines[0])
		if err != nil {
			return nil, err
		}
		operation, ok := operations[verb]
		if !ok {
			return nil, fmt.Errorf("%q is no change of an attribute", lines[0])
		}
		change := ldap.Change{Operation: operation, Modification: ldap.PartialAttribute{Type: name}}
		for lines = lines[1:]; len(lines) > 0; lines = lines[1:] {
			if lines[0] == "-" {
				lines = lines[1:]
				break
			}
			of, text, err := parseLine(lines[0])
			if err != nil {
				return nil, err
			}
			if of != name {
				return nil, fmt.Errorf("%q stands among the values of %s", lines[0], name)
			}
			change.Modification.Vals = append(change.Modification.Vals, text)
		}
		changes = append(changes, change)
	}
	return changes, nil
}
