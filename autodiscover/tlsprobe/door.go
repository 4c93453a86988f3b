package tlsprobe

import (
	"net/netip"
	"sync"
)

// doors are the addresses of one run. Many names often lead to one address: the
// load balancer's.
type doors struct {
	mu    sync.Mutex
	known map[netip.AddrPort]*door
}

func (d *doors) at(address netip.AddrPort) *door {
	d.mu.Lock()
	defer d.mu.Unlock()
	found := d.known[address]
	if found == nil {
		found = &door{address: address.String(), slots: make(chan struct{}, maxPerAddress)}
		d.known[address] = found
	}
	return found
}

// door is one address, at which a few may knock at once.
type door struct {
	address string
	slots   chan struct{}

	mu  sync.Mutex
	why string // why no connection can be made
}

// close remembers that the address takes no connections, so that a dead load
// balancer costs one time-out and not one for each of its names. That an address
// is silent in a handshake is not remembered: it may be so for one name only.
func (d *door) close(why string, err error) {
	if !refused(err) && !unreachable(err) && !timedOut(err) {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.why = why
}

func (d *door) shut() (why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.why
}
