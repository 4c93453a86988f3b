package facts

import (
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"strings"
)

// nameTypes maps the spellings of attribute types to one: .NET writes S= and E= where
// Go writes ST= and an OID (MS-OSCO, on names; Go's crypto/x509/pkix).
var nameTypes = map[string]string{
	"2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "SERIALNUMBER", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "T", "2.5.4.17": "POSTALCODE", "2.5.4.42": "G", "2.5.4.43": "I",
	"0.9.2342.19200300.100.1.25": "DC", "1.2.840.113549.1.9.1": "E",
	"S": "ST", "EMAIL": "E", "EMAILADDRESS": "E", "TITLE": "T", "GN": "G", "GIVENNAME": "G", "INITIALS": "I", "STREETADDRESS": "STREET",
}

// SameName says whether two texts are one distinguished name, whoever wrote them: in
// the way of RFC 1779, of RFC 4514 or of .NET. The letters' case, blanks around
// separators and quotation marks do not count; the order of the parts does.
func SameName(a, b string) bool {
	return compareNames(a, b) == nameSame
}

type nameOrder int

const (
	nameDiffers nameOrder = iota
	nameSame
	nameReversed // the same parts in the opposite order
)

func compareNames(a, b string) nameOrder {
	if a != "" && equalFold(a, b) {
		return nameSame
	}
	x, okX := nameParts(a)
	y, okY := nameParts(b)
	if !okX || !okY {
		return nameDiffers
	}
	if slices.Equal(x, y) {
		return nameSame
	}
	slices.Reverse(y)
	if slices.Equal(x, y) {
		return nameReversed
	}
	return nameDiffers
}

// nameParts takes a distinguished name apart, each part as "TYPE=value" in one
// spelling; ok is false where the text is not one, or is empty.
func nameParts(text string) (parts []string, ok bool) {
	var several []string // the values of one part, joined by a plus sign
	for rest := text; ; {
		kind, after, found := strings.Cut(rest, "=")
		if kind = nameType(kind); !found || kind == "" {
			return nil, false
		}
		value, tail, ok := nameValue(strings.TrimLeft(after, " "))
		if !ok {
			return nil, false
		}
		several = append(several, kind+"="+strings.Join(strings.Fields(lowerASCII(value)), " "))
		if strings.HasPrefix(tail, "+") {
			rest = tail[1:]
			continue
		}
		slices.Sort(several)
		parts = append(parts, strings.Join(several, "+"))
		several = nil
		if tail == "" {
			return parts, true
		}
		rest = tail[1:]
	}
}

func nameType(text string) string {
	kind := strings.ToUpper(strings.TrimSpace(text))
	kind = strings.TrimPrefix(kind, "OID.")
	if other, known := nameTypes[kind]; known {
		return other
	}
	if strings.ContainsAny(kind, " ,;+\"<>\\") {
		return ""
	}
	return kind
}

// nameValue reads one value; tail begins with the separator behind it.
func nameValue(text string) (value, tail string, ok bool) {
	if strings.HasPrefix(text, `"`) {
		return quotedValue(text[1:])
	}
	var b strings.Builder
	i, end := 0, 0 // end is behind the last character that is no blank
	for ; i < len(text) && !strings.ContainsRune(",;+\r\n", rune(text[i])); i++ {
		c := text[i]
		if c == '\\' && i+1 < len(text) {
			i++
			c = text[i]
			if code, err := hex.DecodeString(text[i:min(i+2, len(text))]); err == nil && len(code) == 1 {
				i++
				c = code[0]
			}
			b.WriteByte(c)
			end = b.Len()
			continue
		}
		b.WriteByte(c)
		if c != ' ' {
			end = b.Len()
		}
	}
	value = b.String()[:end]
	if encoded, found := strings.CutPrefix(value, "#"); found {
		value = encodedValue(encoded, value)
	}
	return value, text[i:], true
}

// quotedValue reads a value in quotation marks, in which one that is doubled or
// escaped stands for itself.
func quotedValue(text string) (value, tail string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case (c == '"' || c == '\\') && i+1 < len(text) && (text[i+1] == '"' || c == '\\'):
			i++
			b.WriteByte(text[i])
		case c == '"':
			tail = strings.TrimLeft(text[i+1:], " ")
			return b.String(), tail, tail == "" || strings.ContainsRune(",;+", rune(tail[0]))
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

// encodedValue reads a value that is written as its encoding in hexadecimal (RFC 4514
// 2.4), as Go writes those of types that it has no name for.
func encodedValue(encoded, otherwise string) string {
	der, err := hex.DecodeString(encoded)
	if err != nil {
		return otherwise
	}
	var raw asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &raw); err != nil || len(rest) > 0 || raw.Class != asn1.ClassUniversal {
		return otherwise
	}
	switch raw.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagIA5String, asn1.TagT61String:
		return string(raw.Bytes)
	case asn1.TagBMPString:
		var b strings.Builder
		for i := 0; i+1 < len(raw.Bytes); i += 2 { // two bytes to a character, and none beyond
			b.WriteRune(rune(raw.Bytes[i])<<8 | rune(raw.Bytes[i+1]))
		}
		return b.String()
	}
	return otherwise
}

// lowerASCII writes ASCII letters small and leaves every other character as it is.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
