package autodiscover

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"html"
	"net/url"
	"slices"
	"strings"
	"sync"
)

const (
	// minSecret is the shortest text that is searched for in an answer: a shorter one
	// is bound to occur by chance.
	minSecret = 8

	// maxSecrets is how many credentials are remembered of one look-up, which sends
	// some for each URL that asks.
	maxSecrets = 1 << 10
)

// vault knows the credentials that went out, so that a server cannot write them into
// the evidence by sending them back, at once or later. A server that disguises them
// is past help: it has them. The zero value is empty.
type vault struct {
	mu      sync.Mutex
	known   map[string]bool
	written []string // each secret in every way of writing it
}

// add remembers a secret.
func (v *vault) add(secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(secret) < minSecret || v.known[secret] || len(v.known) == maxSecrets {
		return
	}
	if v.known == nil {
		v.known = map[string]bool{}
	}
	v.known[secret] = true
	v.written = append(v.written, spellings(secret)...)
}

// spellings are the ways in which a text stands in headers, URLs, pages and documents.
func spellings(secret string) []string {
	var element bytes.Buffer
	_ = xml.EscapeText(&element, []byte(secret)) // a bytes.Buffer never fails
	quoted, _ := json.Marshal(secret)            // nor does a string
	list := []string{
		secret, html.EscapeString(secret), element.String(), string(bytes.Trim(quoted, `"`)),
		url.QueryEscape(secret), url.PathEscape(secret), strings.ToLower(url.QueryEscape(secret)),
		hex.EncodeToString([]byte(secret)),
	}
	// In base64 a text looks different at each of three offsets. What touches its
	// neighbours is left out.
	for offset := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, offset), secret...))
		text = text[(offset*8+5)/6:]
		if (offset+len(secret))%3 != 0 {
			text = text[:len(text)-1]
		}
		list = append(list, text, strings.NewReplacer("+", "-", "/", "_").Replace(text), url.QueryEscape(text))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// echoes says whether a reply holds credentials, in its header or its body. Every
// reply is to be asked, also one to a request that carried none: a server may keep
// what it was sent.
func (c *client) echoes(r reply) bool {
	for name, values := range r.header {
		if c.repeats(name) || c.repeats(strings.Join(values, "\n")) {
			return true
		}
	}
	return c.repeats(string(r.body))
}

// repeats says whether a text holds credentials, also in UTF-16.
func (c *client) repeats(text string) bool {
	o, v := c.options, &c.shared.vault
	v.add(o.Password)
	v.add(o.Token)
	if o.Password != "" {
		v.add(o.User + ":" + o.Password)
	}
	narrow := strings.ReplaceAll(text, "\x00", "")
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.ContainsFunc(v.written, func(secret string) bool {
		return strings.Contains(text, secret) || narrow != text && strings.Contains(narrow, secret)
	})
}
