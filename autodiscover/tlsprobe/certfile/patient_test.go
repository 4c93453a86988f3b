package certfile

import (
	"bytes"
	"encoding/asn1"
	"testing"
)

func TestPatienceEnds(t *testing.T) {
	salted := func(count int) []byte {
		der, err := asn1.Marshal(struct {
			Salt  []byte
			Count int
		}{[]byte("salt"), count})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	for count, want := range map[int]bool{2048: true, maxIterations: true, maxIterations + 1: false, 1 << 62: false} {
		der := salted(count)
		for range 5 { // a structure in an octet string in a structure, as the files are
			der = append([]byte{0x04, byte(len(der))}, der...)
			der = append([]byte{0x30, byte(len(der))}, der...)
		}
		if got := patient(der, 0); got != want {
			t.Errorf("%d iterations: %t", count, got)
		}
	}
	if !patient(salted(7), maxNesting) {
		t.Error("the deepest level is not looked at")
	}
}

// FuzzPatient: the walk ends on whatever it is given, and finds the same in a copy.
func FuzzPatient(f *testing.F) {
	f.Add([]byte{0x30, 6, 0x04, 1, 's', 2, 1, 7})
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 100))
	f.Fuzz(func(t *testing.T, der []byte) {
		if patient(der, 0) != patient(bytes.Clone(der), 0) {
			t.Error("two walks disagree")
		}
		kindOf(der)
	})
}
