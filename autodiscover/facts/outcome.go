package facts

import (
	"slices"
	"strconv"
	"strings"
)

// longestWay is after how many redirects no client goes on; Outlook stops at ten. Only
// evidence that exprobe did not collect has more.
const longestWay = 20

// judged says what a client makes of an answer (MS-OXDSCLI 3.1.5, and for what asks
// the user Microsoft's "Handling Autodiscover error messages").
func (t *tracer) judged(a *Answer) verdict {
	r := a.Response.Value
	switch {
	case a.Hop > longestWay:
		return verdict{outcome: GoesOn, why: "there are more redirects than any client follows"}
	case a.Skipped != "" && a.Hop == 0 && a.Step != StepSRV:
		return verdict{outcome: NotAsked, why: a.Skipped}
	case a.Skipped != "":
		return verdict{outcome: GoesOn, why: a.Skipped}
	case a.Protocol == DNS:
		return t.records(a)
	case a.Secured.Known && !a.Secured.Value.Verified:
		return t.certificate(a)
	case a.Status == 0 && !a.Response.Known:
		return verdict{outcome: GoesOn, why: "no answer came: " + a.Response.Why}
	case a.Location != "":
		return t.redirect(a, "an HTTP redirect")
	case !a.Response.Known:
		return nothing(a)
	case r.Error != nil:
		return verdict{outcome: GoesOn, why: strings.TrimSpace("the server answers with error " + r.Error.Code + " " + r.Error.Message)}
	case len(r.Nodes) > 0:
		return t.settings(r)
	case r.RedirectAddr != "":
		return t.address(a)
	case r.RedirectURL != "":
		return t.redirect(a, "the document")
	}
	return verdict{outcome: GoesOn, why: "the document holds no settings"}
}

// nothing judges an answer that is no document.
func nothing(a *Answer) verdict {
	status := "HTTP " + strconv.Itoa(a.Status)
	switch {
	case a.CredentialsSent != "" && a.Status == statusUnauthorized:
		return verdict{outcome: CannotTell, why: "the " + a.CredentialsSent + " credentials were refused; Outlook asks its user for others"}
	case a.Status == statusUnauthorized && len(a.Schemes) > 0:
		return verdict{outcome: CannotTell, why: "it wants authentication (" + strings.Join(a.Schemes, ", ") + "), and a client that signs in learns more"}
	case a.Status == statusUnauthorized:
		return verdict{outcome: CannotTell, why: "it wants authentication and names no scheme"}
	case a.Protocol == Redirect && a.Step == StepHTTPRedirect:
		return verdict{outcome: GoesOn, why: "it answers over http and leads nowhere (" + status + ")"}
	case a.Protocol == Redirect && a.Status != statusNotFound:
		return verdict{outcome: CannotTell, why: "it answers (" + status + "), and what a mailbox would be told was not asked"}
	}
	return verdict{outcome: GoesOn, why: "nothing usable: " + a.Response.Why}
}

const (
	statusUnauthorized = 401
	statusNotFound     = 404
)

// certificate judges a certificate that does not pass. One that bears another name
// makes a warning box, at a connection point one that is not trusted does too; the
// other steps are left silently where the chain is not trusted (believed).
func (t *tracer) certificate(a *Answer) verdict {
	why := a.Secured.Value.Why
	if !a.Secured.Value.Leaf.CoversHost(hostOf(a.URL)) || t.kind == StepConnectionPoint {
		return verdict{outcome: Prompts, why: "a warning about the certificate: " + why}
	}
	return verdict{outcome: GoesOn, why: why}
}

// records judges SRV records; the hosts that they name are alternatives of their own,
// which stand beside them and count first.
func (t *tracer) records(a *Answer) verdict {
	switch {
	case !a.Records.Known:
		return verdict{outcome: GoesOn, why: "DNS was asked for SRV records and gave no answer: " + a.Records.Why}
	case len(a.Records.Value) == 0:
		return verdict{outcome: GoesOn, why: "there are no SRV records"}
	}
	return verdict{outcome: NotAsked, why: "the hosts that the SRV records name were not asked"}
}

// redirect judges an answer that leads to a URL. A client asks its user before it
// goes to another host (Microsoft's endpoints are exempt, which is believed).
func (t *tracer) redirect(a *Answer, by string) verdict {
	next := t.onward(a)
	if len(next) == 0 {
		return verdict{outcome: CannotTell, why: by + " leads on, and was not followed"}
	}
	target := next[0]
	v := t.among(next)
	if target.Skipped != "" {
		v.outcome = GoesOn
		return v
	}
	to := hostOf(target.URL)
	v.why = by + " leads to " + to + ": " + v.why
	if v.outcome != StopsWrong && !(strings.EqualFold(to, hostOf(a.URL)) && a.Protocol != Redirect) && !ofMicrosoft(to) {
		v.outcome = Prompts
		v.why = "a question whether " + to + " may configure the account; " + v.why
	}
	return v
}

// address judges a document that sends the client to the beginning with another
// address.
func (t *tracer) address(a *Answer) verdict {
	to := a.Response.Value.RedirectAddr
	next := t.onward(a)
	if len(next) == 0 {
		return verdict{outcome: CannotTell, why: "the document sends the client on as " + to + ", which was not followed"}
	}
	v := t.among(next)
	v.why = "the document sends the client on as " + to + ": " + v.why
	return v
}

// settings judges a document that holds settings.
func (t *tracer) settings(r Response) verdict {
	var kinds []string
	for _, n := range r.Nodes {
		if n.Type != "" && !slices.Contains(kinds, n.Type) {
			kinds = append(kinds, n.Type)
		}
	}
	hosts, exchange := r.publishes()
	if !exchange {
		return verdict{outcome: StopsWrong, settings: true, why: "the settings are not those of an Exchange mailbox: " + strings.Join(kinds, ", ")}
	}
	foreign, doubt := t.snapshot.foreign(hosts)
	switch named := strings.Join(hosts[:min(len(hosts), maxNamed)], ", "); {
	case r.MicrosoftOnline:
		doubt = ""
	case foreign:
		return verdict{outcome: StopsWrong, settings: true, why: "the settings are those of another deployment: the directory publishes none of " + named}
	case doubt != "":
		doubt = "whether the directory publishes " + named + " could not be seen: " + doubt
	}
	return verdict{outcome: GivesSettings, settings: true, doubt: doubt, why: "the document holds settings (" + strings.Join(kinds, ", ") + ")"}
}

// maxNamed is how many hosts a reason names.
const maxNamed = 5

// foreign says that hosts are known not to be the organization's: there are some, and
// every directory was read and publishes other hosts and none of these. doubt says why
// nobody knows, where what was seen publishes none of them either.
func (s *Snapshot) foreign(hosts []string) (foreign bool, doubt string) {
	if len(hosts) == 0 || len(s.Organizations) == 0 {
		return false, ""
	}
	published := 0
	for _, org := range s.Organizations {
		if !org.VirtualDirectories.Known {
			return false, "" // a gap of its own says so
		}
		for _, v := range org.VirtualDirectories.Value {
			for _, u := range []Observed[PublishedURL]{v.External, v.Internal} {
				switch {
				case u.Asked() && !u.Known:
					doubt = max(doubt, u.Why)
				case u.Value.Host == "":
				case slices.ContainsFunc(hosts, func(h string) bool { return EqualName(h, u.Value.Host) }):
					return false, ""
				default:
					published++
				}
			}
		}
	}
	return published > 0 && doubt == "", doubt
}

// ofMicrosoft says that a host is one of Exchange Online's, which Outlook goes to
// without a question (believed: no authoritative list was found).
func ofMicrosoft(host string) bool {
	host = strings.ToLower(host)
	for _, domain := range []string{"outlook.com", "office365.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// hostOf is the host of a URL, or "".
func hostOf(url string) string {
	_, rest, found := strings.Cut(url, "://")
	if !found {
		return ""
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	rest = rest[strings.LastIndex(rest, "@")+1:]
	if end := strings.Index(rest, "]"); strings.HasPrefix(rest, "[") && end > 0 {
		return rest[1:end]
	}
	host, _, _ := strings.Cut(rest, ":")
	return host
}
