package autodiscover

import "sync"

// memo makes each thing once for all who ask for it, whoever comes first.
type memo[T any] struct {
	mu   sync.Mutex
	made map[string]*once[T]
}

type once[T any] struct {
	sync.Once
	done  chan struct{} // closed when value is there
	value T
}

func (m *memo[T]) entry(key string) *once[T] {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.made == nil {
		m.made = map[string]*once[T]{}
	}
	if m.made[key] == nil {
		m.made[key] = &once[T]{done: make(chan struct{})}
	}
	return m.made[key]
}

func (m *memo[T]) get(key string, make func() T) T {
	e := m.entry(key)
	e.Do(func() {
		defer close(e.done)
		e.value = make()
	})
	return e.value
}

// done is closed once the thing is made; who waits must know that somebody makes it.
func (m *memo[T]) done(key string) <-chan struct{} { return m.entry(key).done }

// sideBySide calls a function for each of a list, all at once, and keeps the order.
func sideBySide[T, R any](list []T, f func(T) R) []R {
	results := make([]R, len(list))
	var work sync.WaitGroup
	for i, item := range list {
		work.Go(func() { results[i] = f(item) })
	}
	work.Wait()
	return results
}
