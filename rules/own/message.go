package own

import (
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
)

// piece is a part of a message: a text, or the expression of a value.
type piece struct {
	text string
	hole *expression
}

// template reads a message. A value stands in braces; a brace itself is doubled.
func (l *language) template(message string) ([]piece, *Error) {
	if strings.TrimSpace(message) == "" {
		return nil, &Error{Part: "message", Reason: "it is empty"}
	}
	if len(message) > maxExpression {
		return nil, &Error{Part: "message", Reason: "it is longer than 4096 bytes"}
	}
	var pieces []piece
	var b strings.Builder
	for i := 0; i < len(message); i++ {
		switch c := message[i]; {
		case (c == '{' || c == '}') && strings.HasPrefix(message[i+1:], string(c)):
			b.WriteByte(c)
			i++
		case c == '}':
			return nil, at(message, i, "a brace closes and none is open: write }} for a brace itself")
		case c == '{':
			length := closing(message[i+1:])
			if length < 0 {
				return nil, at(message, i, "a brace is not closed: write {{ for a brace itself")
			}
			hole, err := l.expression(message[i+1:i+1+length], "message")
			if err != nil {
				place := at(message, i+1, err.Reason)
				if err.Line == 1 {
					place.Column += err.Column - 1
				}
				return nil, place
			}
			if t := hole.ast.OutputType(); !tellable(t) {
				return nil, at(message, i+1, typeName(t)+" cannot be told in a message")
			}
			pieces = append(pieces, piece{text: b.String()}, piece{hole: hole})
			b.Reset()
			i += length + 1
		default:
			b.WriteByte(c)
		}
	}
	return append(pieces, piece{text: b.String()}), nil
}

// at is a mistake in a message at an offset.
func at(message string, offset int, reason string) *Error {
	before := message[:offset]
	return &Error{Part: "message", Reason: reason, Line: strings.Count(before, "\n") + 1, Column: offset - strings.LastIndex(before, "\n")}
}

// closing is the length of the text before the brace that closes, or -1. A brace in
// quotes closes nothing.
func closing(text string) int {
	quote := byte(0)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '}':
			return i
		}
	}
	return -1
}

// tellable says whether values of a type have a text.
func tellable(t *cel.Type) bool {
	for _, plain := range []*cel.Type{cel.StringType, cel.IntType, cel.UintType, cel.DoubleType, cel.BoolType, cel.TimestampType, cel.DurationType} {
		if t.IsExactType(plain) || t.IsExactType(cel.NullableType(plain)) {
			return true
		}
	}
	return t.IsExactType(cel.ListType(cel.StringType))
}

// tell is the text of a value.
func tell(value ref.Val) string {
	switch v := value.(type) {
	case types.String:
		return string(v)
	case types.Null:
		return "none"
	case types.Timestamp:
		return v.Time.UTC().Format(time.DateOnly)
	case traits.Lister:
		var parts []string
		for it := v.Iterator(); it.HasNext() == types.True; {
			parts = append(parts, tell(it.Next()))
		}
		if len(parts) == 0 {
			return "none"
		}
		return strings.Join(parts, ", ")
	}
	if s, ok := value.ConvertToType(types.StringType).(types.String); ok {
		return string(s)
	}
	return "something else"
}

// typeText is a type in the words of the view.
func typeText(t *cel.Type) string {
	text := strings.NewReplacer("google.protobuf.Timestamp", "timestamp", "google.protobuf.Duration", "duration").Replace(t.String())
	if plain, found := strings.CutPrefix(text, "wrapper("); found {
		return strings.TrimSuffix(plain, ")") + " or null"
	}
	return text
}

// typeName is a type with its article.
func typeName(t *cel.Type) string {
	text := typeText(t)
	if slices.Contains([]string{"a", "e", "i", "o", "u"}, text[:1]) {
		return "an " + text
	}
	return "a " + text
}
