package hosttest

import "testing"

// Whatever the zone and the question are, there is an answer that fits a datagram,
// or none.
func FuzzZone(f *testing.F) {
	question := []byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x04test\x00\x00\x01\x00\x01")
	for _, zone := range []string{
		"a.test A 192.0.2.1", "a.test CNAME b.test\nb.test AAAA 2001:db8::1 ; far", "a.test CNAME a.test", "a.test SERVFAIL", "x.a.test SRV 0 0 443 b.test", "; nothing",
	} {
		f.Add(zone, question)
	}
	f.Fuzz(func(t *testing.T, zone string, question []byte) {
		records, err := parseZone(zone)
		if err != nil {
			return
		}
		s := &NameServer{records: records, asked: func(string, string) {}}
		if answer := s.answer(question, maxDatagram); len(answer) > maxDatagram {
			t.Errorf("%d bytes for %q", len(answer), zone)
		}
	})
}
