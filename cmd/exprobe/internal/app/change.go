package app

import (
	"context"
	"fmt"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/cmd/exprobe/internal/render"
	"exprobe/cmd/exprobe/internal/source"
	"exprobe/configs"
	"exprobe/rules"
	"exprobe/rules/report"
)

// judge returns the function that makes reports of snapshots: by the rules, with how
// far an expected certificate has come, and without what a baseline holds.
func (a *app) judge(cfg *configs.Config) (func(*facts.Snapshot) *report.Report, error) {
	policy := cfg.Policy()
	leaf, note, err := source.Expected(cfg)
	if err != nil {
		return nil, err
	}
	if say := a.ui.say(cfg.Quiet); note != "" && say != nil {
		say(cfg.Expect + ": " + note)
	}
	earlier, err := a.baseline(cfg, policy)
	if err != nil {
		return nil, err
	}
	return func(s *facts.Snapshot) *report.Report {
		rep := rules.Evaluate(s, rules.All(), policy)
		rep.Tool.Version = Version()
		if leaf != nil {
			rep.Expect = rules.Expect(s, *leaf, cfg.FailOn)
		}
		if earlier != nil {
			rep = report.Since(rep, earlier, cfg.FailOn)
		}
		rep.Exit = rep.Status(cfg.FailOn)
		return rep
	}, nil
}

// baseline is the report of an earlier audit, or nil.
func (a *app) baseline(cfg *configs.Config, policy rules.Policy) (*report.Report, error) {
	if cfg.Baseline == "" {
		return nil, nil
	}
	snap, rep, err := source.Baseline(cfg.Baseline)
	if snap != nil {
		rep = rules.Evaluate(snap, rules.All(), policy)
		rep.Tool.Version = Version()
	}
	return rep, err
}

// The pauses between looks: short at first, when the change is being made, and then
// as long as a DNS record or a cache commonly lives at the least.
const (
	firstPause = 15 * time.Second
	lastPause  = time.Minute
)

// look takes a snapshot and judges it, again and again where a certificate is waited
// for: until it is served everywhere and all agree, or the time is up, or somebody
// has seen enough. The last report counts.
func (a *app) look(ctx context.Context, cfg *configs.Config, src source.Source, judge func(*facts.Snapshot) *report.Report) (*report.Report, error) {
	wait := cfg.Wait
	if cfg.Expect == "" || len(cfg.From) > 0 {
		wait = 0 // what was collected before does not change
	}
	end := a.env.Now().Add(wait)
	var last *report.Report
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		snap, err := src.Snapshot(ctx)
		if err != nil {
			if last != nil && ctx.Err() != nil {
				return last, nil
			}
			return nil, err
		}
		last = judge(snap)
		left := end.Sub(a.env.Now())
		if wait == 0 || last.Expect.Exit == report.Clean || left <= 0 {
			return last, nil
		}
		pause = min(pause, left)
		if !cfg.Quiet { // whoever waits wants to know for what, also where it is read later
			fmt.Fprintf(a.env.Stderr, "exprobe: %s; looking again in %s, for at most %s more\n",
				render.Line(render.Progress(last.Expect)), pause.Round(time.Second), left.Round(time.Second))
		}
		if a.sleep(ctx, pause) != nil {
			return last, nil
		}
	}
}

func (a *app) sleep(ctx context.Context, pause time.Duration) error {
	if a.env.Sleep != nil {
		return a.env.Sleep(ctx, pause)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
