package facts

import "strings"

// traces derives the look-ups from the answers.
func (s *Snapshot) traces() []LookUp {
	var list []LookUp
	index := map[string]int{}
	for i := range s.Answers {
		a := &s.Answers[i]
		if a.Step == StepFile || a.Mailbox == "" && a.Domain == "" {
			continue
		}
		key := strings.ToLower(a.Mailbox + "\x00" + a.Domain)
		at, known := index[key]
		if !known {
			at = len(list)
			index[key] = at
			list = append(list, LookUp{Mailbox: a.Mailbox, Domain: a.domain(), Wins: -1})
		}
		list[at].add(a)
	}
	for i := range list {
		list[i].judge(s)
	}
	return list
}

// domain is where the steps of the answer's look-up begin.
func (a *Answer) domain() string {
	if _, domain, found := strings.Cut(a.Mailbox, "@"); found {
		return strings.ToLower(domain)
	}
	return strings.ToLower(a.Domain)
}

// add puts an answer into its step: the last one, or a new one that it begins.
func (l *LookUp) add(a *Answer) {
	if last := len(l.Steps) - 1; last < 0 || l.Steps[last].endsBefore(a) {
		l.Steps = append(l.Steps, Step{Kind: a.Step, Source: a.Source, URL: a.URL})
	}
	last := &l.Steps[len(l.Steps)-1]
	last.Answers = append(last.Answers, a)
}

// endsBefore says that an answer begins another step: one of another kind, or another
// URL of the same kind, as each connection point has. What SRV records name belongs
// to the records' step.
func (s *Step) endsBefore(a *Answer) bool {
	switch {
	case a.Step != s.Kind, a.Source != s.Source:
		return true
	case a.Hop > 0, a.Step == StepSRV, a.Protocol == SOAP, a.Protocol == JSON:
		return false
	}
	return !strings.EqualFold(a.URL, s.URL)
}

// judge says of each step what a client makes of it, and which step wins: the first
// whose settings were seen, be it after a question to the user, unless an earlier
// step stops the client with something that it cannot use.
func (l *LookUp) judge(s *Snapshot) {
	stopped := false
	for i := range l.Steps {
		step := &l.Steps[i]
		v := newTracer(s, step).first()
		step.Outcome, step.Why, step.Doubt = v.outcome, v.why, v.doubt
		if l.Wins < 0 && !stopped && v.settings && v.outcome != StopsWrong {
			l.Wins = i
		}
		stopped = stopped || v.outcome == StopsWrong
	}
}

// verdict is what a client makes of an answer and of all that it leads to.
type verdict struct {
	outcome  Outcome
	why      string
	settings bool   // settings were seen in the end
	doubt    string // why they may be those of another deployment
}

// ends says that a client does not go on to the next alternative.
func (v verdict) ends() bool { return v.outcome != GoesOn && v.outcome != NotAsked }

// tracer judges the answers of one step.
type tracer struct {
	snapshot *Snapshot
	kind     string
	start    []*Answer
	led      map[origin][]*Answer // by what sent the client there
	known    map[*Answer]verdict
}

// origin is the URL that sent a client on, and how many redirects it had followed then.
type origin struct {
	url string
	hop int
}

func newTracer(s *Snapshot, step *Step) *tracer {
	t := &tracer{snapshot: s, kind: step.Kind, led: map[origin][]*Answer{}, known: map[*Answer]verdict{}}
	for _, a := range step.Answers {
		switch {
		case a.Protocol == SOAP || a.Protocol == JSON:
		case a.Hop == 0:
			t.start = append(t.start, a)
		default:
			from := origin{a.From, a.Hop - 1}
			t.led[from] = append(t.led[from], a)
		}
	}
	return t
}

// first judges the whole step.
func (t *tracer) first() verdict {
	if len(t.start) == 0 {
		return verdict{outcome: CannotTell, why: "the first answer of this step is missing"}
	}
	return t.among(t.start)
}

// among judges alternatives: a client takes the first that it does not leave for the
// next. The views of one URL are one alternative, and a client is given whichever it
// asks for. Where it leaves them all, the first that was asked says why.
func (t *tracer) among(list []*Answer) verdict {
	var best verdict
	for i := 0; i < len(list); {
		v := t.judge(list[i])
		first := list[i]
		for i++; i < len(list) && list[i].URL == first.URL && list[i].Protocol == first.Protocol && list[i].View != first.View; i++ {
			if other := t.judge(list[i]); other.settings && !v.settings || other.ends() && !v.ends() {
				v = other
			}
		}
		if best.outcome == "" || best.outcome == NotAsked || !best.ends() && v.ends() {
			best = v
		}
	}
	return best
}

// judge judges one answer with what it leads to.
func (t *tracer) judge(a *Answer) verdict {
	if v, ok := t.known[a]; ok {
		return v
	}
	v := t.judged(a)
	t.known[a] = v
	return v
}

// onward are the answers that an answer leads to, those of its own view where they
// have one.
func (t *tracer) onward(a *Answer) []*Answer {
	var list []*Answer
	for _, next := range t.led[origin{a.URL, a.Hop}] {
		if next.View == a.View || next.View == "" || a.View == "" || next.Skipped != "" {
			list = append(list, next)
		}
	}
	return list
}
