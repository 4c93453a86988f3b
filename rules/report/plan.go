package report

// The times of a step.
const (
	Before = "before" // the switch
	At     = "at"
	After  = "after"
)

// Where a step is carried out.
const (
	ShellExchange = "Exchange Management Shell"
	ShellAny      = "any shell with exprobe"
	ByHand        = "by hand"
)

// Plan is how a renewal is carried out, in order.
type Plan struct {
	Order   string     `json:"order"`  // why in this order
	Window  Window     `json:"window"` // when neither certificate is right for everybody
	Assumes []string   `json:"assumes"`
	Steps   []PlanStep `json:"steps"`
	Undo    []PlanUndo `json:"undo"` // the way back, last step first
	Refused []Refusal  `json:"refused"`
	Stop    []string   `json:"stop"` // why the certificate should not be installed at all

	// Script is the plan as one PowerShell script; "" where nothing is to run.
	Script string `json:"-"`
}

// Window is the time in which neither the old nor the new certificate is right for
// everybody.
type Window struct {
	Open    bool     `json:"open"`
	Who     string   `json:"who"`     // which clients are refused meanwhile
	Length  string   `json:"length"`  // in words
	Minutes int      `json:"minutes"` // at the most, beside directory replication; -1: until clients are restarted
	Hosts   []string `json:"hosts"`
	Text    string   `json:"text"` // all of it, in plain words
}

// PlanStep is one thing to do.
type PlanStep struct {
	Number       int      `json:"number"`
	When         string   `json:"when"` // Before, At or After
	Organization string   `json:"organization,omitempty"`
	Title        string   `json:"title"`
	Why          string   `json:"why"`
	Where        string   `json:"where"` // ShellExchange, ShellAny or ByHand
	Commands     []string `json:"commands"`
	Caution      string   `json:"caution"`
	Verify       []string `json:"verify"`
	Wait         string   `json:"wait"`
	Undo         []string `json:"undo"`
	UndoNote     string   `json:"undoNote"` // where the undo is no command, or needs a word
}

// PlanUndo takes one step back.
type PlanUndo struct {
	Step     int      `json:"step"`
	Title    string   `json:"title"`
	Commands []string `json:"commands"`
	Note     string   `json:"note"`
}
