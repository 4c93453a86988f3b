package ldapsrc

import (
	"cmp"
	"strings"
	"testing"
)

func TestCompareFold(t *testing.T) {
	texts := []string{"", "a", "A", "ab", "aB", "AB", "b", "[", "_", "@", "z", "Z", "é", "É", "aé", "AÉ", "aée", "\u212a", "k", "K", "aK", "a\u212a", "\xff", "a\xff"}
	for _, a := range texts {
		for _, b := range texts {
			want := cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
			if got := compareFold(a, b); got != want {
				t.Errorf("compareFold(%q, %q) is %d, want %d", a, b, got, want)
			}
		}
	}
}
