package rules_test

import (
	"fmt"
	"reflect"
	"testing"

	"exprobe/autodiscover/facts"
)

// eachErasure takes the facts of a snapshot away one by one: each known Observed
// becomes a failed one, and each certificate one that cannot be parsed. judge sees the
// snapshot without the fact at path; then the fact is put back. It returns how many
// facts there were.
//
// The snapshot is a copy through JSON, in which nothing is shared between two places.
// It is copied once for all facts, since copying takes a thousand times longer than
// judging; that judge leaves it alone is tried at the end.
func eachErasure(t *testing.T, s *facts.Snapshot, judge func(s *facts.Snapshot, path string)) int {
	t.Helper()
	copied := clone(t, s)
	places := erasable(nil, reflect.ValueOf(copied), "")
	for _, place := range places {
		held := reflect.New(place.fact.Type()).Elem()
		held.Set(place.fact)
		place.fact.SetZero()
		place.fact.FieldByName(place.why).SetString("taken away")
		judge(copied, place.path)
		place.fact.Set(held)
	}
	if text(t, copied) != text(t, s) {
		t.Error("judging changed the snapshot")
	}
	return len(places)
}

// place is a fact that can be taken away.
type place struct {
	path string
	fact reflect.Value // a struct that can be set
	why  string        // its field that says why it is missing
}

// erasable lists the facts in v, an outer one before those that it holds.
func erasable(places []place, v reflect.Value, at string) []place {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return erasable(places, v.Elem(), at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			places = erasable(places, v.Index(i), fmt.Sprintf("%s[%d]", at, i))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[facts.Certificate]() {
			return append(places, place{at, v, "Unreadable"})
		}
		if known := v.FieldByName("Known"); known.IsValid() && v.FieldByName("Why").IsValid() {
			if !known.Bool() {
				return places
			}
			places = append(places, place{at, v, "Why"})
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				places = erasable(places, v.Field(i), at+"."+v.Type().Field(i).Name)
			}
		}
	}
	return places
}
