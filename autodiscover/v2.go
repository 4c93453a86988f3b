package autodiscover

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"exprobe/autodiscover/facts"
)

// maxJSON bounds a version 2 document, in bytes; real ones have about 150.
const maxJSON = 64 << 10

// versionTwo is an Autodiscover v2 document (Microsoft's CSS-Exchange asks for it). A
// Protocol that is not a string is not v2; further fields are ignored.
type versionTwo struct {
	Protocol     any
	URL          *string `json:"Url"`
	ErrorCode    string
	ErrorMessage string
}

// ParseEndpoint reads an Autodiscover v2 (JSON) answer: the URL of one protocol, which
// is empty where the server knows the protocol and lacks it, or an error, which some
// servers send with HTTP 200.
func ParseEndpoint(data []byte) (facts.Response, error) {
	refuse := func(format string, args ...any) (facts.Response, error) {
		return facts.Response{}, fmt.Errorf("parsing the Autodiscover v2 answer: "+format, args...)
	}
	var n notes
	data, err := toUTF8(data, &n)
	trimmed := bytes.TrimSpace(data)
	switch {
	case err != nil || !utf8.Valid(trimmed):
		return refuse("it is not valid Unicode")
	case len(trimmed) > maxJSON:
		return refuse("it is too large: more than %d bytes", maxJSON)
	case len(trimmed) == 0:
		return refuse("it is empty")
	}
	var v versionTwo
	if json.Unmarshal(trimmed, &v) != nil {
		return refuse("it is no JSON of this kind; it begins with %q", clean(beginning(trimmed)))
	}
	result := facts.Response{Nodes: []facts.Node{}, Tolerances: n}
	if v.ErrorCode != "" {
		result.Error = &facts.AutodiscoverError{Code: cut(v.ErrorCode), Message: cut(v.ErrorMessage)}
		return result, nil
	}
	protocol, isString := v.Protocol.(string)
	if !isString || v.URL == nil {
		return refuse("it is JSON without a Protocol and a Url as strings")
	}
	result.Endpoint = &facts.NodeURL{Element: cut(protocol), URL: cut(*v.URL)}
	return result, nil
}

// cut bounds a text that is kept.
func cut(text string) string {
	if len(text) <= maxValue {
		return text
	}
	text = text[:maxValue]
	for !utf8.ValidString(text) {
		text = text[:len(text)-1]
	}
	return text
}
