package autodiscover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// toUTF8 takes a byte order mark off and turns UTF-16 into UTF-8, which is what
// the XML decoder reads.
func toUTF8(data []byte, n *notes) ([]byte, error) {
	var order unicode.Endianness
	switch {
	case bytes.HasPrefix(data, []byte("\xEF\xBB\xBF")):
		n.add("byte order mark")
		return data[3:], nil
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("<\x00")):
		order = unicode.LittleEndian
	case bytes.HasPrefix(data, []byte("\xFE\xFF")), bytes.HasPrefix(data, []byte("\x00<")):
		order = unicode.BigEndian
	default:
		return data, nil
	}
	n.add("utf-16")
	return unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
}

// sniff refuses what is not XML, and HTML, before an XML parser complains about it
// in words that hide what it is.
func sniff(data []byte) error {
	trimmed := bytes.TrimSpace(data)
	switch {
	case len(trimmed) == 0:
		return refuse("it is empty")
	case trimmed[0] == '{' || trimmed[0] == '[':
		return refuse("%s", describeJSON(trimmed))
	case bytes.HasPrefix(trimmed, []byte("\x1f\x8b")):
		return refuse("it is compressed with gzip, which was not asked for")
	}
	switch tag := firstTag(trimmed); tag {
	case "":
		return refuse("it is not XML; it begins with %q", clean(beginning(trimmed)))
	case "html", "head", "body", "!doctype html":
		return refuse("it is an HTML page, perhaps a sign-in form or an error of a proxy")
	}
	return nil
}

// firstTag is the lower-case name of the first start tag, after any declaration
// and comments, "!doctype html", another "!" and what follows, or "" where no tag
// begins at all.
func firstTag(data []byte) string {
	for {
		_, after, found := bytes.Cut(data, []byte("<"))
		if !found {
			return ""
		}
		data = after
		switch {
		case bytes.HasPrefix(data, []byte("?")):
			_, data, _ = bytes.Cut(data, []byte("?>"))
		case bytes.HasPrefix(data, []byte("!--")):
			_, data, _ = bytes.Cut(data, []byte("-->"))
		case bytes.HasPrefix(data, []byte("!")):
			directive, _, _ := bytes.Cut(data[:min(len(data), maxName)], []byte(">"))
			words := strings.Fields(strings.ToLower(string(directive)))
			return strings.Join(words[:min(len(words), 2)], " ")
		default:
			name := data[:min(len(data), maxName)]
			if end := bytes.IndexAny(name, " \t\r\n/<>"); end >= 0 {
				name = name[:end]
			}
			if len(name) > 0 {
				return strings.ToLower(string(name))
			}
			// An end tag, or a "<" in a text: look on.
		}
	}
}

// beginning is the first line of a document.
func beginning(data []byte) string {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return string(line[:min(len(line), 60)])
}

// describeJSON says what a JSON document is.
func describeJSON(data []byte) string {
	var v2 versionTwo
	if !utf8.Valid(data) || json.Unmarshal(data, &v2) != nil {
		return "it is not XML; it looks like JSON, and is not an Autodiscover v2 answer"
	}
	protocol, isString := v2.Protocol.(string)
	switch {
	case v2.ErrorCode != "":
		return fmt.Sprintf("it is an Autodiscover v2 (JSON) error, %s", clean(v2.ErrorCode))
	case !isString || v2.URL == nil:
		return "it is JSON, and not an Autodiscover v2 answer, which has Protocol and Url as strings"
	case *v2.URL == "":
		return fmt.Sprintf("it is an Autodiscover v2 (JSON) answer, which carries no Outlook Anywhere settings: protocol %s is known and not offered", clean(protocol))
	}
	return fmt.Sprintf("it is an Autodiscover v2 (JSON) answer, which carries no Outlook Anywhere settings: protocol %s is at %s", clean(protocol), clean(*v2.URL))
}
