package changes_test

import (
	"fmt"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/rules/changes"
)

// manyHosts is the healthy deployment with its first host under n names.
func manyHosts(tb testing.TB, n int) *facts.Snapshot {
	s := healthy(tb)
	first := s.Hosts[0]
	for i := range n {
		h := first
		h.Name = fmt.Sprintf("host%d.contoso.com", i)
		s.Hosts = append(s.Hosts, h)
	}
	return s
}

func BenchmarkBetweenThousands(b *testing.B) {
	old, new := manyHosts(b, 5000), manyHosts(b, 5000)
	new.Hosts = new.Hosts[1:]
	for b.Loop() {
		if got := changes.Between(old, new); len(got) != 1 {
			b.Fatalf("%d objects", len(got))
		}
	}
}
