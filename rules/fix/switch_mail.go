package fix

import (
	"fmt"
	"regexp"
	"slices"
	"sync"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// connectorName is what may stand as a connector's name in a printed command: nothing
// in it expands, escapes or closes a string.
var connectorName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._()-]{0,62}[A-Za-z0-9)]$`)
})

// naming lists the connectors that name an old certificate, as the shell identifies
// them, and those whose names cannot stand in a command.
func (p *planner) naming() (send, receive, strange []string) {
	for i := range p.Before.Organizations {
		org := &p.Before.Organizations[i]
		for _, c := range org.SendConnectors.Value {
			switch {
			case !c.TLSCertificateName.Known || !p.names(c.TLSCertificateName.Value):
			case connectorName().MatchString(c.Name):
				send = append(send, "'"+c.Name+"'")
			default:
				strange = append(strange, fmt.Sprintf("the send connector %+q", c.Name))
			}
		}
		for _, c := range org.ReceiveConnectors.Value {
			switch {
			case !c.TLSCertificateName.Known || !p.names(c.TLSCertificateName.Value):
			case connectorName().MatchString(c.Name) && serverName().MatchString(c.Server):
				receive = append(receive, "'"+c.Server+`\`+c.Name+"'")
			default:
				strange = append(strange, fmt.Sprintf("the receive connector %+q of %+q", c.Name, c.Server))
			}
		}
	}
	return send, receive, strange
}

// mail enables the certificate for SMTP, where connectors name the old one.
func (p *planner) mail() []act {
	send, receive, strange := p.naming()
	if len(send)+len(receive)+len(strange) == 0 {
		return nil
	}
	a := newAct(rankMail, "Enable the certificate for SMTP beside the old one", "Connectors name the old certificate: the new one must be at hand before they name it.")
	a.undoTitle = "Nothing to take back for SMTP"
	a.Commands = append(a.Commands, p.thumb()...)
	for _, b := range p.servers {
		a.Commands = append(a.Commands, "Enable-ExchangeCertificate -Server "+b.name+" -Thumbprint "+p.print+" -Services SMTP")
	}
	if len(p.servers) == 0 {
		a.Commands = append(a.Commands, "Enable-ExchangeCertificate -Thumbprint "+p.print+" -Services SMTP")
	}
	a.Caution = "It asks whether to overwrite the existing default SMTP certificate: answer No."
	a.UndoNote = "a service cannot be taken from a certificate; it does no harm beside the old one, and goes when the certificate is removed"
	return []act{a}
}

// connectors makes the connectors name the new certificate. The text is computed where
// it is used, because the shell writes names in a way of its own.
func (p *planner) connectors() []act {
	send, receive, strange := p.naming()
	if len(send)+len(receive)+len(strange) == 0 || !p.renamed() {
		return nil
	}
	a := newAct(rankConnectors, "Make the connectors name the new certificate", "They name the old one by issuer and subject (TlsCertificateName), and one of these changes.")
	a.undoTitle = "Make the connectors name the old certificate"
	server := ""
	if len(p.servers) > 0 {
		server = on(p.servers[0])
	}
	block := func(print string) []string {
		lines := []string{"$c = Get-ExchangeCertificate " + server + "-Thumbprint " + print, `$name = "<I>$($c.Issuer)<S>$($c.Subject)"`}
		for _, id := range send {
			lines = append(lines, "Set-SendConnector "+id+" -TlsCertificateName $name")
		}
		for _, id := range receive {
			lines = append(lines, "Set-ReceiveConnector "+id+" -TlsCertificateName $name")
		}
		return lines
	}
	a.Commands = append(p.thumb(), block(p.print)...)
	if old := oneThumbprint(p.Seats); thumbprint().MatchString(old) {
		a.Undo = block(old)
	} else {
		a.UndoNote = "the connectors named a certificate of which there are several; the text that each held is: " + p.heldNames()
	}
	a.Verify = []string{"Get-SendConnector | Format-List Name,TlsCertificateName", "Get-ReceiveConnector | Format-List Identity,TlsCertificateName"}
	a.Wait = "directory replication, then mail goes out under the new certificate; send a message each way and look at its headers"
	if len(strange) > 0 {
		a.Caution = "Names that cannot stand in a command, so set TlsCertificateName by hand for " + list(strange, ", ") + "."
	}
	return []act{a}
}

func (p *planner) heldNames() string {
	var held []string
	for i := range p.Before.Organizations {
		org := &p.Before.Organizations[i]
		for _, c := range slices.Concat(org.SendConnectors.Value, org.ReceiveConnectors.Value) {
			if c.TLSCertificateName.Known && p.names(c.TLSCertificateName.Value) {
				held = append(held, fmt.Sprintf("%+q: %+q", c.Name, c.TLSCertificateName.Value.Raw.Value))
			}
		}
	}
	return list(held, ", ")
}

func (p *planner) hybrids() []act {
	named := false
	for i := range p.Before.Organizations {
		named = named || slices.ContainsFunc(p.Before.Organizations[i].Hybrids.Value, func(h facts.HybridConfiguration) bool {
			return h.TLSCertificateName.Known && p.names(h.TLSCertificateName.Value)
		})
	}
	if !named || !p.renamed() {
		return nil
	}
	a := newAct(rankHybrid, "Run the Hybrid Configuration wizard again", "The hybrid configuration names the old certificate by issuer and subject, and one of these changes.")
	a.Where = report.ByHand
	a.undoTitle = "Run the wizard again with the old certificate"
	a.Caution = "Choose the new certificate on the page of the transport certificate. The wizard sets the connectors to Exchange Online too."
	a.UndoNote = "run the wizard again and choose the old certificate"
	return []act{a}
}
