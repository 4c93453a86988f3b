package tlsprobe

import (
	"net/netip"
	"sync"
)

// crew is so many workers at most, each with one job at a time. A job that waits
// for its turn costs no goroutine, so that thousands can.
type crew struct {
	most int

	mu      sync.Mutex
	busy    int
	waiting []func()
	done    sync.WaitGroup
}

// do has a job done as soon as a worker is free, in the order of asking.
func (c *crew) do(job func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy == c.most {
		c.waiting = append(c.waiting, job)
		return
	}
	c.busy++
	c.done.Go(func() { c.work(job) })
}

func (c *crew) work(job func()) {
	for job != nil {
		job()
		job = c.next()
	}
}

// next is the job that has waited longest; nil sends the worker home.
func (c *crew) next() (job func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		c.busy--
		return nil
	}
	job, c.waiting[0] = c.waiting[0], nil
	c.waiting = c.waiting[1:]
	return job
}

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
		found = &door{address: address.String()}
		d.known[address] = found
	}
	return found
}

// door is one address, at which a few may knock at once.
type door struct {
	address string

	mu      sync.Mutex
	inside  int
	waiting []func()
	why     string // why no connection can be made
}

// do has the crew do a job that knocks here. Whoever queues at a slow address holds
// no worker that another host could use.
func (d *door) do(c *crew, job func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside == maxPerAddress {
		d.waiting = append(d.waiting, job)
		return
	}
	d.inside++
	c.do(func() { d.enter(c, job) })
}

// enter does a job, and then lets the next in.
func (d *door) enter(c *crew, job func()) {
	job()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.waiting) == 0 {
		d.inside--
		return
	}
	next := d.waiting[0]
	d.waiting = d.waiting[1:]
	c.do(func() { d.enter(c, next) })
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
