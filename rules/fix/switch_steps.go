package fix

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"exprobe/rules/report"
)

// thumbprint is what may stand as a thumbprint in a printed command.
var thumbprint = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-F]{40}$`) })

// planner makes the steps of one organization.
type planner struct {
	Renewal
	print     string // the new thumbprint as it stands in a command
	servers   []bearer
	strange   []string
	fronts    []Seat
	crossings []crossing // of Commands, one each
	assumes   []string
}

func newPlanner(r Renewal) *planner {
	p := &planner{Renewal: r, print: r.Leaf.Thumbprint}
	if r.Request || !thumbprint().MatchString(p.print) {
		p.print = "$new"
	}
	p.servers, p.strange, p.fronts = bearers(r)
	for _, c := range r.Commands {
		p.crossings = append(p.crossings, cross(r.Before, r.After, p.changeOf(c.Provider)))
	}
	if r.Request {
		p.assumes = append(p.assumes, "the certificate is issued as the request asks, by an authority that clients trust, and is valid on the day of the switch: run exprobe renewal again with the issued certificate before the switch")
	}
	if len(r.Before.Organizations) == 0 && len(r.Seats) > 0 {
		p.assumes = append(p.assumes, "no directory was read: which servers there are, what the connectors name and what the providers hold is not known")
	}
	for _, b := range p.servers {
		if b.doubt != "" {
			p.assumes = append(p.assumes, b.name+": "+b.doubt)
		}
	}
	return p
}

// acts are the organization's steps. Those of the whole plan are framed around them.
func (p *planner) acts() []act {
	if len(p.Seats) == 0 {
		return nil
	}
	var list []act
	for _, more := range [][]act{p.imports(), p.mail(), p.values(), p.bindings(), p.balancers(), p.recycles(), p.connectors(), p.hybrids()} {
		for _, a := range more {
			a.Organization = p.Organization
			list = append(list, a)
		}
	}
	return list
}

// thumb is the first line of a block of commands, where the thumbprint is not known
// yet.
func (p *planner) thumb() []string {
	if p.print == "$new" {
		return []string{"$new = Read-Host 'Thumbprint of the issued certificate'"}
	}
	return nil
}

func (p *planner) imports() []act {
	a := newAct(rankImport, "Import the certificate with its key", "Nothing serves it yet: a certificate that is imported is used when it is enabled.")
	a.undoTitle = "Remove the new certificate"
	a.Commands = append(a.Commands, "$file = [System.IO.File]::ReadAllBytes((Read-Host 'The PFX file, with its whole path'))",
		"$password = Read-Host 'Its password' -AsSecureString")
	a.Undo = append(a.Undo, p.thumb()...)
	a.Verify = append(a.Verify, p.thumb()...)
	for _, b := range p.servers {
		a.Commands = append(a.Commands, "Import-ExchangeCertificate -Server "+b.name+" -FileData $file -Password $password")
		a.Undo = append(a.Undo, "Remove-ExchangeCertificate -Server "+b.name+" -Thumbprint "+p.print)
		a.Verify = append(a.Verify, "Get-ExchangeCertificate -Server "+b.name+" -Thumbprint "+p.print+" | Format-List Subject,Issuer,NotAfter,HasPrivateKey,Status")
	}
	if len(p.servers) == 0 {
		a.Commands = append(a.Commands, "Import-ExchangeCertificate -FileData $file -Password $password")
		a.Undo = append(a.Undo, "Remove-ExchangeCertificate -Thumbprint "+p.print)
		a.Verify = append(a.Verify, "Get-ExchangeCertificate -Thumbprint "+p.print+" | Format-List Subject,Issuer,NotAfter,HasPrivateKey,Status")
		a.Caution = "Run it on every server that serves the old certificate: no directory says which they are."
	}
	if !p.Sealed {
		a.Caution = strings.TrimSpace(a.Caution + " The file that was judged holds no key. Where the request was made on an Exchange server, complete it there " +
			"(Import-ExchangeCertificate with the issued file and no password), export it with its key (Export-ExchangeCertificate -BinaryEncoded), and import that on the others.")
	}
	if len(p.strange) > 0 {
		a.Caution = strings.TrimSpace(a.Caution + " Names that cannot stand in a command, so do the same there by hand: " + list(p.strange, ", ") + ".")
	}
	return []act{a}
}

// bindings moves the web site of each server to the certificate.
func (p *planner) bindings() []act {
	if len(p.servers) == 0 && len(p.fronts) > 0 && len(p.Before.Organizations) > 0 {
		return nil // the balancers have it alone
	}
	a := newAct(rankBinding, "Switch the web site of each server to the new certificate", "This is the switch: from here on clients are shown the new certificate.")
	a.undoTitle = "Switch the web sites back to the old certificate"
	a.Commands = append(a.Commands, p.thumb()...)
	var unknown []string
	servers := p.servers
	if len(servers) == 0 {
		servers = []bearer{{old: oneThumbprint(p.front(p.hosts()))}}
		a.Caution = "Run it on every server that serves the old certificate: no directory says which they are."
	}
	for _, b := range servers {
		a.Commands = append(a.Commands, "Enable-ExchangeCertificate "+on(b)+"-Thumbprint "+p.print+" -Services IIS")
		a.Verify = append(a.Verify, "Get-ExchangeCertificate "+on(b)+"-Thumbprint "+p.print+" | Format-List Services")
		if thumbprint().MatchString(b.old) {
			a.Undo = append(a.Undo, "Enable-ExchangeCertificate "+on(b)+"-Thumbprint "+b.old+" -Services IIS")
		} else {
			unknown = append(unknown, b.name)
		}
	}
	if len(unknown) > 0 {
		a.UndoNote = "the old certificate of " + list(unknown, ", ") + " is not known: look before the switch with Get-ExchangeCertificate and note the thumbprint that has IIS among its services"
	}
	a.Wait = "seconds; a balancer that keeps connections open may show the old certificate a little longer"
	if len(servers) > 1 {
		a.Wait += "; until the last server is switched, clients meet either certificate"
	}
	return []act{a}
}

func on(b bearer) string {
	if b.name == "" {
		return ""
	}
	return "-Server " + b.name + " "
}

func (p *planner) hosts() []string {
	var list []string
	for _, s := range p.Seats {
		list = append(list, strings.ToLower(s.Host))
	}
	return list
}

// balancers are the addresses with a certificate of their own, which no Exchange
// command reaches.
func (p *planner) balancers() []act {
	if len(p.fronts) == 0 || len(p.Before.Organizations) == 0 {
		return nil
	}
	a := newAct(rankBalancer, "Switch the certificate of what answers in front of Exchange",
		"No Exchange server that was seen explains what is served there: a load balancer, a reverse proxy or another product has a certificate of its own.")
	a.Where = report.ByHand
	a.undoTitle = "Switch the balancer back"
	a.Caution = "Install the new certificate, with its key and its intermediate certificates, on what answers at: " + places(p.fronts) + "."
	a.UndoNote = "put the old certificate back there"
	return []act{a}
}

// values are the changes of the principal names.
func (p *planner) values() []act {
	var list []act
	for i, c := range p.Commands {
		change := p.changeOf(c.Provider)
		rank := map[order]int{valueFirst: rankValueFirst, valueLast: rankValueLast, together: rankValueTogether}[p.crossings[i].order]
		a := newAct(rank, "Set the principal name of "+c.Provider, "Clients are told to expect "+described(change)+" of the certificate.")
		a.undoTitle = "Restore the principal name of " + c.Provider
		a.Commands = append(a.Commands, c.Line)
		a.Verify = append(a.Verify, c.Verify)
		if c.Undo != "" {
			a.Undo = append(a.Undo, c.Undo)
		}
		a.UndoNote = c.UndoNote
		a.Wait = c.Wait
		a.values = []report.Change{change}
		switch rank {
		case rankValueFirst:
			a.Wait = "go on only after every client has learned it: " + c.Wait
			a.Commands = append(a.Commands, recycleLines(p.Before)...)
		case rankValueTogether:
			a.Caution = "Go on at once: do not recycle before the web sites are switched."
		}
		list = append(list, a)
	}
	return list
}

func (p *planner) changeOf(provider string) report.Change {
	at := slices.IndexFunc(p.Changes, func(c report.Change) bool { return c.Provider == provider })
	return p.Changes[max(at, 0)]
}

func described(c report.Change) string {
	if c.Null {
		return "the name of the host that they dial (the value is emptied)"
	}
	return c.Value
}

func (p *planner) recycles() []act {
	a := newAct(rankRecycle, "Make each server read the values anew", "A server keeps what it sends for up to 15 minutes; recycling the app pool ends that.")
	a.Commands = recycleLines(p.Before)
	if len(p.Commands) == 0 {
		a.Why = "Nothing that Autodiscover sends changes; a recycled app pool makes sure that no server goes on with what it read before."
	}
	a.Undo = a.Commands
	a.undoTitle = "Make each server read the values anew, once more"
	a.Caution = "Users do not notice a recycled Autodiscover app pool. Where a server is not reached by Invoke-Command, run Restart-WebAppPool MSExchangeAutodiscoverAppPool on it. " +
		"If a server behind a layer-4 balancer goes on showing the old certificate, restart IIS there (iisreset)."
	return []act{a}
}
