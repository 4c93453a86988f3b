package main

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/cmd/exprobe/internal/world"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"
)

// estate is a deployment whose certificates and values change: the files of a world,
// written anew for each state that it is in.
type estate struct {
	base      map[string]string // the scenario's files
	addresses []*bound
	providers map[string]string // CertPrincipalName; "" is none
	connector string            // TlsCertificateName of the send connector; "" is no connector

}

// bound is an address, the server that answers there ("": nobody), and what it serves.
type bound struct {
	host, address, server string
	spec                  spec
}

// spec is a certificate as worlds and tests both mint it: the same octets.
type spec struct {
	hosttest.Spec
	fabrikam bool // of another authority, which is trusted where its root is given too
}

func (s spec) mint(t *testing.T) tls.Certificate {
	t.Helper()
	root, err := hosttest.NewCA("Contoso Root CA")
	if err != nil {
		t.Fatal(err)
	}
	issuer, err := root.Intermediate("Contoso Issuing CA")
	if s.fabrikam {
		issuer, err = hosttest.NewCA("Fabrikam Root CA")
	}
	if err != nil {
		t.Fatal(err)
	}
	c, err := issuer.Issue(s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s spec) facts(t *testing.T) facts.Certificate {
	return facts.ParseCertificate(s.mint(t).Certificate[0])
}

// pem writes the certificate with its chain into a file.
func (s spec) pem(t *testing.T, name string) string {
	t.Helper()
	var text strings.Builder
	for _, der := range s.mint(t).Certificate {
		pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	name = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// yaml is the certificate in a host's file.
func (s spec) yaml() map[string]any {
	m := map[string]any{"notBefore": s.NotBefore, "notAfter": s.NotAfter}
	for name, list := range map[string][]string{"commonNames": s.CommonNames, "emails": s.Emails, "dnsNames": s.DNSNames, "purposes": s.Purposes} {
		if len(list) > 0 {
			m[name] = list
		}
	}
	if s.Key != "" {
		m["key"] = string(s.Key)
	}
	if s.SelfSigned {
		m["selfSigned"] = true
	}
	if s.fabrikam {
		m["untrusted"] = true
	}
	return m
}

// newEstate is the healthy deployment with two servers, each with one address of
// mail.contoso.com, and Autodiscover beside it, all with one certificate.
func newEstate(t *testing.T, s spec) *estate {
	t.Helper()
	archive, ok := world.Scenario("healthy")
	if !ok {
		t.Fatal("there is no healthy scenario")
	}
	e := &estate{base: map[string]string{}, providers: map[string]string{"EXPR": "msstd:mail.contoso.com", "EXCH": ""}}
	for _, f := range archive.Files {
		e.base[f.Name] = string(f.Data)
	}
	e.addresses = []*bound{{"mail.contoso.com", "192.0.2.10", "ex1", s}, {"mail.contoso.com", "192.0.2.11", "ex2", s},
		{"autodiscover.contoso.com", "192.0.2.20", "ex1", s}}
	return e
}

// clone is the estate as it is, to be changed by itself.
func (e *estate) clone() *estate {
	c := *e
	c.addresses = nil
	for _, b := range e.addresses {
		one := *b
		c.addresses = append(c.addresses, &one)
	}
	c.providers = maps.Clone(e.providers)
	return &c
}

// start brings the estate up as it is now.
func (e *estate) start(t *testing.T) *world.World {
	t.Helper()
	files := maps.Clone(e.base)
	byHost := map[string][]any{}
	for _, b := range e.addresses {
		entry := map[string]any{"address": b.address, "dead": true}
		if b.server != "" {
			entry = map[string]any{"address": b.address, "certificate": b.spec.yaml()}
		}
		if b.host != "autodiscover.contoso.com" && b.server != "" {
			entry["names"] = []string{b.server + ".contoso.com"}
		}
		byHost[b.host] = append(byHost[b.host], entry)
	}
	for host, addresses := range byHost {
		file := map[string]any{"addresses": addresses}
		if host == "autodiscover.contoso.com" {
			file["autodiscover"] = map[string]any{"rpc": "autodiscover.xml", "authenticate": true}
		}
		data, err := yaml.Marshal(file)
		if err != nil {
			t.Fatal(err)
		}
		files["hosts/"+host+".yaml"] = string(data)
	}
	files["autodiscover.xml"] = e.answer()
	files["directory.ldif"] = e.directory()
	var archive txtar.Archive
	for _, name := range slices.Sorted(maps.Keys(files)) {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(files[name])})
	}
	w, err := world.Start(&archive)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var principalElement = regexp.MustCompile(`(?m)^ *<CertPrincipalName>.*</CertPrincipalName>\n`)

// answer is what Autodiscover sends: EXPR feeds the external nodes, EXCH the internal one.
func (e *estate) answer() string {
	var b strings.Builder
	internal := true
	for _, node := range strings.SplitAfter(principalElement.ReplaceAllString(e.base["autodiscover.xml"], ""), "</Protocol>\n") {
		provider := ""
		switch {
		case strings.Contains(node, "<Type>EXPR</Type>"):
			provider = "EXPR"
		case strings.Contains(node, "<Type>EXHTTP</Type>") && internal:
			provider, internal = "EXCH", false
		case strings.Contains(node, "<Type>EXHTTP</Type>"):
			provider = "EXPR"
		}
		if value := e.providers[provider]; value != "" {
			at := strings.LastIndex(node, "      </Protocol>")
			node = node[:at] + "        <CertPrincipalName>" + value + "</CertPrincipalName>\n" + node[at:]
		}
		b.WriteString(node)
	}
	return b.String()
}

const connectorsDN = "CN=Connections,CN=Exchange Routing Group (DWBGZMFD01QNBJR),CN=Routing Groups,CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,CN=Contoso,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=contoso,DC=com"

// directory is the LDIF with the values and the connector.
func (e *estate) directory() string {
	var entries []string
	for _, entry := range strings.Split(e.base["directory.ldif"], "\n\n") {
		for provider, value := range e.providers {
			if !strings.HasPrefix(entry, "dn: CN="+provider+",CN=Outlook,") {
				continue
			}
			var lines []string
			for _, line := range strings.Split(strings.TrimSuffix(entry, "\n"), "\n") {
				if !strings.HasPrefix(line, "msExchAutoDiscoverCertPrincipalName:") {
					lines = append(lines, line)
				}
			}
			if value != "" {
				lines = append(lines, "msExchAutoDiscoverCertPrincipalName: "+value)
			}
			entry = strings.Join(lines, "\n")
		}
		entries = append(entries, strings.TrimSuffix(entry, "\n"))
	}
	if e.connector != "" {
		entries = append(entries, fmt.Sprintf("dn: CN=Outbound to Office 365,%s\nobjectClass: top\nobjectClass: msExchRoutingSMTPConnector\ncn: Outbound to Office 365\nmsExchSmtpTLSCertificate: %s", connectorsDN, e.connector))
	}
	return strings.Join(entries, "\n\n") + "\n"
}
