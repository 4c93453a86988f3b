package stored

import "testing"

func TestBuildsAreInOrder(t *testing.T) {
	for version, list := range updates {
		for i, u := range list {
			if u.name == "" || i > 0 && u.build <= list[i-1].build {
				t.Errorf("%s: %+v", version, u)
			}
		}
	}
}
