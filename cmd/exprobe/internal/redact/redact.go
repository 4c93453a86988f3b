package redact

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"exprobe/autodiscover/facts"
)

// Snapshot returns a copy with every name replaced. The snapshot itself stays as it
// is.
func Snapshot(s *facts.Snapshot) (*facts.Snapshot, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("copying the snapshot: %w", err)
	}
	redacted := new(facts.Snapshot)
	if err := json.Unmarshal(data, redacted); err != nil {
		return nil, fmt.Errorf("copying the snapshot: %w", err)
	}
	redacted.Altered, redacted.Redacted = s.Altered, true
	n := newNames()
	walk(reflect.ValueOf(redacted).Elem(), "", n.learn)
	walk(reflect.ValueOf(redacted).Elem(), "", n.replace)
	return redacted, nil
}

// left is the name under which a field is walked whose texts stay.
const left = "-"

// walk shows every text of a value to visit, with the name of the field that it
// stands in, and puts in its place what visit returns. Words of exprobe's own and of
// protocols are left out. Bytes are dropped: they are certificates.
func walk(v reflect.Value, field string, visit func(field, text string) string) {
	switch v.Kind() {
	case reflect.String:
		if field != left {
			v.SetString(visit(field, v.String()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			walk(v.Elem(), field, visit)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetZero()
			return
		}
		for i := range v.Len() {
			walk(v.Index(i), field, visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() {
				continue
			}
			switch owner := v.Type().Name(); {
			case fixed[f.Name] || fixed[owner+"."+f.Name]:
				walk(v.Field(i), left, visit) // but for the reason why it is not known
			case f.Name == "Value" && wraps(owner):
				walk(v.Field(i), field, visit) // the field outside says what it is
			default:
				walk(v.Field(i), f.Name, visit)
			}
		}
	}
}

// wraps says whether a type only says whether its Value is there.
func wraps(name string) bool {
	return strings.HasPrefix(name, "Observed[") || strings.HasPrefix(name, "Optional[")
}
