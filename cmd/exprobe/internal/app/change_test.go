package app

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/configs"
	"exprobe/rules/report"
)

// looks is a source that gives so many snapshots and then fails.
type looks struct {
	left int
	fail func() error
}

func (l *looks) Snapshot(context.Context) (*facts.Snapshot, error) {
	if l.left == 0 {
		return nil, l.fail()
	}
	l.left--
	return &facts.Snapshot{}, nil
}

func TestALookThatIsInterruptedLeavesTheLastReport(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name      string
		looks     int
		interrupt bool
		want      error
	}{
		{"in the second look", 1, true, nil},
		{"in the first look there is nothing to report", 0, true, context.Canceled},
		{"what is broken is no interruption", 1, false, broken},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			src := &looks{left: test.looks, fail: func() error {
				if test.interrupt {
					cancel()
					return ctx.Err()
				}
				return broken
			}}
			a := &app{env: Environment{Stderr: &bytes.Buffer{}, Now: func() time.Time { return time.Time{} },
				Sleep: func(context.Context, time.Duration) error { return nil }}}
			rep, err := a.look(ctx, &configs.Config{Expect: "new.pem", Wait: time.Hour}, src, func(*facts.Snapshot) *report.Report {
				return &report.Report{Expect: &report.Expectation{Exit: report.Findings}}
			})
			if !errors.Is(err, test.want) || (rep == nil) != (test.want != nil) {
				t.Errorf("got %v, %v; want %v", rep, err, test.want)
			}
		})
	}
}

// Without a clock of its own, an application waits on a timer, and no longer than
// its context lives.
func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (&app{}).sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := (&app{}).sleep(context.Background(), time.Nanosecond); err != nil {
		t.Errorf("got %v", err)
	}
}
