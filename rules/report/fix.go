package report

// Fix is what to do: the commands that mend, and what could not be mended by a
// command, with the reason.
type Fix struct {
	Commands []Command `json:"commands"`
	Refused  []Refusal `json:"refused"`
	Kept     []Keep    `json:"kept"` // providers whose stored value is right although something else is not yet

	// Script is the commands as one commented PowerShell script that is safe to
	// run twice; "" where there is no command. It is composed where the commands
	// are, by the one writer of PowerShell.
	Script string `json:"-"`
}

// Command is one line for the Exchange Management Shell.
type Command struct {
	Organization string `json:"organization,omitempty"` // whose shell it is for, where there are several

	Provider string   `json:"provider"`
	Line     string   `json:"line"`
	Preview  string   `json:"preview"`  // the same line with -WhatIf
	Undo     string   `json:"undo"`     // "" where none can be given; then UndoNote says why
	UndoNote string   `json:"undoNote"` // what the undo rests on, or the old value as data
	Verify   string   `json:"verify"`   // the command that shows the new value
	Recycle  []string `json:"recycle"`  // commands that make each Exchange server read the value at once
	Wait     string   `json:"wait"`     // how long until clients use it
	Answers  []string `json:"answers"`  // the rules whose findings it mends
	Unproven []string `json:"unproven"` // addresses that could not be seen, for which the value is not proven
}

// Refusal is a provider for which no command is given, and why.
type Refusal struct {
	Organization string `json:"organization,omitempty"` // where there are several
	Provider     string `json:"provider"`
	Why          string `json:"why"`
	Next         string `json:"next,omitempty"` // what to do instead
}

// Keep is a provider whose value needs no change, where its rows are not all a
// match yet.
type Keep struct {
	Organization string `json:"organization,omitempty"` // where there are several
	Provider     string `json:"provider"`
	Why          string `json:"why"`
}
