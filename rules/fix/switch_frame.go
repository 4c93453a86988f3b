package fix

import (
	"regexp"
	"sync"

	"exprobe/rules/report"
)

// fileName is what may stand as a file's name in a printed command of any shell.
var fileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.][A-Za-z0-9_./-]*$`) })

// frame adds the steps that a plan has once: what is recorded before, how it is
// verified, and what comes later.
func frame(acts []act, parts []Renewal) []act {
	record := newAct(rankRecord, "Record what there is", "The way back rests on it, and exprobe diff shows afterwards what has changed.")
	record.Where = report.ShellAny
	record.Commands = []string{"exprobe collect -o before.json"}
	record.Caution = "Give it the flags of this command that say what to collect. In the Exchange Management Shell keep the output of Get-OutlookProvider | Format-List and Get-ExchangeCertificate -Server SERVER | Format-List too."

	verify := newAct(rankVerify, "Verify", "Every address must show the new certificate, and the directory, Autodiscover and the certificate must agree.")
	verify.Where = report.ShellAny
	file, request := "FILE", false
	for _, p := range parts {
		request = request || p.Request
		if !p.Request && fileName().MatchString(p.File) {
			file = p.File
		}
	}
	verify.Commands = []string{"exprobe audit --expect " + file}
	verify.Caution = "Give it the flags of this command that say what to collect, and --wait 20m to wait until all agree."
	if file == "FILE" {
		verify.Caution = "FILE is the new certificate. " + verify.Caution
	}
	if request {
		verify.Caution = "FILE is the issued certificate. Give it the flags of this command that say what to collect, and --wait 20m to wait until all agree."
	}

	later := newAct(rankLater, "Keep the old certificate until the way back is not needed any more",
		"The undo needs it. Exchange refuses to remove it while a connector names it.")
	later.Where = report.ByHand
	later.Wait = "some days, and not longer than it is valid"
	return append(acts, record, verify, later)
}
