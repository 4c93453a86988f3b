package facts

import "encoding/json"

// Observed is a fact that may be missing: known, failed (Why says the reason),
// or never asked (the zero value). A list that was read in part is not Known: its
// Value holds what was seen, Why says what is missing, and nothing may be inferred
// from what it does not hold.
type Observed[T any] struct {
	Known bool   `json:"known"`
	Value T      `json:"value,omitzero"`
	Why   string `json:"why,omitempty"` // why it could not be seen; empty when known or never asked
}

// Known is the fact v.
func Known[T any](v T) Observed[T] { return Observed[T]{Known: true, Value: v} }

// Unknown is a fact that was asked for and could not be seen, with the reason.
func Unknown[T any](why string) Observed[T] {
	if why == "" {
		why = "no reason was recorded"
	}
	return Observed[T]{Why: why}
}

// Asked says whether anybody tried to learn the fact.
func (o Observed[T]) Asked() bool { return o.Known || o.Why != "" }

// Optional is an attribute or element that may be absent. Present with an empty
// value is not the same as absent: a directory that holds "" and one that holds
// nothing are told apart.
type Optional[T any] struct {
	Present bool
	Value   T
}

// Text is an optional text, such as a directory attribute or an XML element.
type Text = Optional[string]

// Number is an optional integer, such as a TTL in hours.
type Number = Optional[int]

// Present is an optional value that is there.
func Present[T any](v T) Optional[T] { return Optional[T]{Present: true, Value: v} }

// Say is the observation of a stored or sent text.
func Say(text string) Observed[Text] { return Known(Present(text)) }

// Null is the observation that no text is stored or sent. $null in the Exchange
// Management Shell is an absent attribute in the directory.
func Null() Observed[Text] { return Known(Text{}) }

// MarshalJSON writes the value, or null where it is absent.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if !o.Present {
		return []byte("null"), nil
	}
	return json.Marshal(o.Value)
}

// UnmarshalJSON reads a value, or null as absence.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*o = Optional[T]{}
		return nil
	}
	o.Present = true
	return json.Unmarshal(data, &o.Value)
}
