package report

import "fmt"

// Status is the exit status of an audit, the same in every format.
type Status struct {
	Code int    `json:"code"`
	Name string `json:"name"`
}

// The exit statuses of judging. 2 is usage or configuration and never a report's.
var (
	Clean    = Status{0, "clean"}
	Findings = Status{1, "findings"} // at or above the threshold
	Blind    = Status{3, "blind"}    // something that a rule needed could not be seen
)

// FailOn is the threshold of status 1. The zero value is FailOnWarning.
type FailOn string

// The thresholds.
const (
	FailOnError   FailOn = "error"
	FailOnWarning FailOn = "warning"
	FailOnInfo    FailOn = "info"
	FailOnNever   FailOn = "never"
)

// ParseFailOn reads a threshold; "" is the default, warning.
func ParseFailOn(text string) (FailOn, error) {
	switch f := FailOn(text); f {
	case "":
		return FailOnWarning, nil
	case FailOnError, FailOnWarning, FailOnInfo, FailOnNever:
		return f, nil
	}
	return "", fmt.Errorf("threshold %q is not one of error, warning, info, never", text)
}

func (f FailOn) reached(s Severity) bool {
	switch f {
	case FailOnNever:
		return false
	case FailOnError:
		return s == Error
	case FailOnInfo:
		return true
	}
	return s.Rank() <= Warning.Rank()
}

// Status is the exit status under a threshold. Findings outrank blindness: what
// was seen to be wrong is wrong, whatever else could not be seen. A certificate that
// is expected and not served everywhere counts as a finding under every threshold.
func (r *Report) Status(failOn FailOn) Status {
	status := Clean
	if r.Expect != nil {
		status = r.Expect.Exit
	}
	if status == Findings {
		return status
	}
	for _, f := range r.Findings {
		switch {
		case f.Outcome == Fail && failOn.reached(f.Severity):
			return Findings
		case f.Outcome == Unknown:
			status = Blind
		}
	}
	return status
}
