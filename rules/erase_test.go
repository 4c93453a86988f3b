package rules_test

import (
	"fmt"
	"reflect"

	"exprobe/autodiscover/facts"
)

// erase makes the n-th known Observed of a snapshot a failed one, or its n-th
// certificate one that cannot be parsed.
func erase(v reflect.Value, n int) (path string, ok bool) {
	path, _, ok = eraseIn(v, n, "")
	return path, ok
}

func eraseIn(v reflect.Value, n int, at string) (path string, left int, ok bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			return eraseIn(v.Elem(), n, at)
		}
	case reflect.Slice:
		for i := range v.Len() {
			if path, n, ok = eraseIn(v.Index(i), n, fmt.Sprintf("%s[%d]", at, i)); ok {
				return path, 0, true
			}
		}
	case reflect.Struct:
		if c, ok := v.Addr().Interface().(*facts.Certificate); ok {
			if n == 0 {
				*c = facts.Certificate{Unreadable: "taken away"}
				return at, 0, true
			}
			return "", n - 1, false
		}
		if known := v.FieldByName("Known"); known.IsValid() && v.FieldByName("Why").IsValid() {
			if !known.Bool() {
				return "", n, false
			}
			if n == 0 {
				v.SetZero()
				v.FieldByName("Why").SetString("taken away")
				return at, 0, true
			}
			n--
		}
		for i := range v.NumField() {
			if !v.Field(i).CanSet() {
				continue
			}
			if path, n, ok = eraseIn(v.Field(i), n, at+"."+v.Type().Field(i).Name); ok {
				return path, 0, true
			}
		}
	}
	return "", n, false
}
