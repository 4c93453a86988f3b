package rules

import (
	"fmt"
	"slices"
	"strings"

	"exprobe/autodiscover/facts"
	"exprobe/rules/report"
)

// compare puts the candidate beside each certificate that it replaces, and says of
// each property what the difference does.
func (r *Renewal) compare() []report.Comparison {
	list := []report.Comparison{}
	demanded, uncovered := r.demanded(), r.uncovered()
	front, back := map[string][]string{}, map[string][]string{} // labels by thumbprint
	for _, seat := range r.Seats {
		labels := front
		if seat.Host.Node != "" {
			labels = back
		}
		print := seat.Leaf().Thumbprint
		labels[print] = append(labels[print], strings.ToLower(seat.Label()))
	}
	for _, old := range r.replaced() {
		c := report.Comparison{CommonName: strings.Join(old.CommonNames, ", "), Thumbprint: old.Thumbprint, At: front[old.Thumbprint]}
		if len(c.At) == 0 {
			c.At = back[old.Thumbprint]
		}
		if old.Thumbprint == r.Leaf().Thumbprint {
			c.Rows = []report.Row{{What: "certificate", Old: old.Thumbprint, New: old.Thumbprint, Effect: "It is the same certificate: it is served there already."}}
		} else {
			c.Rows = append(r.compareNames(old, demanded, uncovered), r.compareRest(old)...)
		}
		list = append(list, c)
	}
	return list
}

// demanded is all that clients are told to expect, anywhere.
func (r *Renewal) demanded() []string {
	of, _ := r.demands()
	var list []string
	for _, d := range of {
		list = append(list, d.names...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (r *Renewal) compareNames(old facts.Certificate, demanded, uncovered []string) []report.Row {
	next := r.Leaf()
	gained, lost := beyond(next.DNSNames, old.DNSNames), beyond(old.DNSNames, next.DNSNames)
	list := []report.Row{{What: "common name", Old: orNone(strings.Join(old.CommonNames, ", ")), New: orNone(strings.Join(next.CommonNames, ", ")),
		Effect: commonNameEffect(old, next, demanded)}}
	list = append(list, report.Row{What: "names gained", Old: "", New: orNone(few(gained)), Changed: len(gained) > 0, Effect: "No name is new."})
	if len(gained) > 0 {
		list[1].Effect = "Hosts of these names can be served with it too."
		if slices.ContainsFunc(gained, func(n string) bool { return strings.HasPrefix(n, "*.") }) {
			list[1].Effect = "A wildcard covers every host of its domain, one label deep; strict clients find no principal name in it."
		}
	}
	list = append(list, report.Row{What: "names lost", Old: orNone(few(lost)), New: "", Changed: len(lost) > 0, Effect: r.lostEffect(old, lost, uncovered)})
	list[0].Changed = list[0].Old != list[0].New
	return list
}

// beyond are the names of one list that another lacks.
func beyond(list, other []string) []string {
	var names []string
	for _, n := range list {
		if !slices.ContainsFunc(other, func(o string) bool { return facts.EqualName(n, o) }) {
			names = append(names, n)
		}
	}
	return names
}

func commonNameEffect(old, next facts.Certificate, demanded []string) string {
	before, _ := old.CommonName()
	after, ok := next.CommonName()
	told := "no principal name is demanded where it is served, as far as was seen"
	if len(demanded) > 0 {
		told = few(demanded)
	}
	switch {
	case !ok && len(next.CommonNames) > 1:
		return "It is not documented which of several common names counts."
	case !ok && before == "":
		return "Neither has one: strict clients find no principal name, today and tomorrow."
	case !ok:
		return "Strict clients and the Connectivity Analyzer find no principal name any more, whatever is set; " + told + "."
	case facts.EqualName(before, after):
		return "The principal name stays what it is: no value has to change for it."
	}
	return "The principal name becomes msstd:" + after + "; " + told + "."
}

// uncovered are the published hosts that the candidate does not cover.
func (r *Renewal) uncovered() []string {
	var list []string
	for _, h := range r.Before.Hosts {
		if h.Node == "" && !r.Leaf().CoversHost(h.Name) {
			list = append(list, strings.ToLower(h.Name))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// lostEffect says which of the names that go are published, and where names are used
// that no handshake shows.
func (r *Renewal) lostEffect(old facts.Certificate, lost, uncovered []string) string {
	var published []string
	for _, host := range uncovered {
		if old.CoversHost(host) {
			published = append(published, host)
		}
	}
	var used []string
	for i := range r.Before.Organizations {
		for _, m := range r.Before.Organizations[i].MailProtocols.Value {
			if name := m.CertificateName.Value.Value; name != "" && old.CoversHost(name) && !r.Leaf().CoversHost(name) {
				used = append(used, strings.ToUpper(m.Protocol)+" on "+m.Server+" looks for "+name)
			}
		}
	}
	text := "No name goes."
	switch {
	case len(published) > 0:
		text = "Published and not covered any more: " + few(published) + ". Clients that dial them are refused or warned."
	case len(lost) > 0:
		text = "None of these is a published host that would lose its cover, as far as was seen; whatever else uses them does."
	}
	if len(used) > 0 {
		text += " " + few(compact(used)) + "."
	}
	return text
}

func (r *Renewal) compareRest(old facts.Certificate) []report.Row {
	next := r.Leaf()
	row := func(what, before, after, same, differs string) report.Row {
		changed := before != after
		if r.Request && slices.Contains([]string{"issuer", "signature", "purposes", "valid"}, what) {
			return report.Row{What: what, Old: orNone(before), New: "known when it is issued", Effect: "Judge the issued certificate again."}
		}
		effect := same
		if changed {
			effect = differs
		}
		return report.Row{What: what, Old: orNone(before), New: orNone(after), Changed: changed, Effect: effect}
	}
	issuer := row("issuer", old.Issuer, next.Issuer, "Whatever names the certificate by its issuer goes on finding it.",
		"TlsCertificateName names the issuer, and each server needs the new intermediate; "+namedBy(r.Before, old)+".")
	subject := row("subject", old.Subject, next.Subject, "Whatever names the certificate by its subject goes on finding it.",
		"TlsCertificateName names the subject; "+namedBy(r.Before, old)+".")
	key := row("key", keyText(old), keyText(next), "Clients and servers notice nothing.", keyEffect(old, next))
	signature := row("signature", old.Signature, next.Signature, "Clients notice nothing.", signatureEffect(next.Signature))
	purposes := row("purposes", strings.Join(old.Purposes, ", "), strings.Join(next.Purposes, ", "), "It may be used for the same as before.", purposesEffect(old, next))
	valid := row("valid", period(old), period(next), "The dates are the same.", fmt.Sprintf("It lives %s (the present one: %s); HealthChecker warns below 60 days, from %s on.",
		plural(lifetime(next), "day"), plural(lifetime(old), "day"), day(next.NotAfter.AddDate(0, 0, -60))))
	return []report.Row{issuer, subject, key, signature, purposes, valid}
}

func period(c facts.Certificate) string { return day(c.NotBefore) + " to " + day(c.NotAfter) }

func keyText(c facts.Certificate) string {
	switch {
	case c.Key == "":
		return ""
	case c.Curve != "":
		return c.Key + " " + c.Curve
	}
	return fmt.Sprintf("%s %d", c.Key, c.KeyBits)
}

func keyEffect(old, next facts.Certificate) string {
	switch {
	case old.Key == next.Key && next.KeyBits < old.KeyBits:
		return "The key is shorter than before."
	case old.Key == next.Key:
		return "Clients notice nothing but a slower handshake where the key is longer."
	case next.Key == "ECDSA":
		return "Exchange takes it since the hotfix updates of April 2024, and never for the federation trust, OAuth or AD FS claims; clients without ECDSA are refused."
	case next.Key == "RSA":
		return "Every client and every server takes it."
	}
	return "Exchange does not take a key of this kind."
}

func signatureEffect(signature string) string {
	if strings.Contains(signature, "SHA1") || strings.Contains(signature, "MD5") {
		return "Clients do not accept this signature any more."
	}
	return "Clients since Windows XP with service pack 3 verify both."
}

func purposesEffect(old, next facts.Certificate) string {
	switch {
	case notForServers(next):
		return "It is not for servers: every client refuses it."
	case forClients(old) && !forClients(next):
		return "It cannot be shown as a client's: verify outgoing mail under mutual TLS, as to Exchange Online."
	case !forClients(old) && forClients(next):
		return "It can be shown as a client's too, as outgoing mail under mutual TLS wants."
	}
	return "What is added or gone matters to no client of Exchange."
}
