package facts

// LookUp is the trace of one look-up: every step that Outlook could take for a
// mailbox or a domain, in its order, all of them judged and not only the first that
// works. It is derived from the answers and never collected.
type LookUp struct {
	Mailbox string // empty where only a domain was given
	Domain  string // in which the steps begin
	Steps   []Step
	Wins    int // index of the step whose settings a client takes today; -1 where none is seen to give any
}

// Step is one step of a look-up: one URL, the redirects that it leads through, and
// what a client would make of it.
type Step struct {
	Kind    string    // StepConnectionPoint and its like
	Source  string    // what named the URL, where it is not made from the domain
	URL     string    // asked first
	Answers []*Answer // in the order asked, both views and all hops
	Outcome Outcome
	Why     string // in a sentence, why a client would go on or stop here
	Doubt   string // why settings may be those of another deployment, where the directory does not tell
}

// Outcome is what a client makes of a step.
type Outcome string

// The outcomes.
const (
	GivesSettings Outcome = "settings" // it stops: it has what it wants
	Prompts       Outcome = "prompt"   // it stops and asks the user: a certificate that does not fit, a redirect to confirm
	GoesOn        Outcome = "next"     // nothing usable: it tries the next step
	StopsWrong    Outcome = "stop"     // it stops with something unusable: an error or settings of another deployment
	CannotTell    Outcome = "unknown"  // a client with credentials would learn more than was seen here
	NotAsked      Outcome = "skipped"  // nothing was asked, for the reason in Why
)

// LookUps derives the traces of the answers: one for each mailbox and each domain
// that was looked up, in the order asked, and in each the steps in the order asked,
// which is Outlook's. Answers from files belong to none.
func (s *Snapshot) LookUps() []LookUp {
	if s.settled != nil {
		return s.settled.lookUps
	}
	return s.traces()
}
