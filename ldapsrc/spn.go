package ldapsrc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/messages"
)

// notProven is what a connection lacks whose ticket any computer could have opened.
const notProven = "Kerberos over plain LDAP, which does not prove a domain controller"

// service is the LDAP service of a domain controller, as Kerberos knows it.
type service struct {
	host   string
	domain string // its DNS name; "" where the server does not say it
}

// ofController is the name that only a domain controller may have: Active Directory
// lets no other computer write a name of three parts into its own account (MS-ADTS
// 3.1.1.5.3.1.1.4). Who may write the names of any account may write this one, too;
// that is nobody but administrators unless they gave the right away. Domain
// controllers register it (MS-DRSR 2.2.4.2, MS-ADTS 2.2.21). It is "" where the
// domain is not known.
//
// It proves a domain controller of a domain that the account's own trusts; which one
// is the matter of mayBe.
func (s service) ofController() string {
	if s.domain == "" {
		return ""
	}
	return s.ofComputer() + "/" + s.domain
}

// ofComputer is the name that every computer may register for itself.
func (s service) ofComputer() string { return "ldap/" + s.host }

// service names the LDAP service of the domain controller. It is made of the name
// that the domain controller gives itself: an address, an alias or the domain's name
// has no key (MS-ADTS 5.1.1.4 lists the names that a domain controller has).
func (s *session) service(ctx context.Context, o Options) (service, error) {
	root, err := readRootDSE(ctx, s)
	if err != nil {
		return service{}, err
	}
	host, ok := hostName(root.controller().Value)
	if !ok {
		return service{}, &failure{
			what: "the domain controller does not say its DNS name, which Kerberos needs",
			hint: "name another domain controller, or use a simple bind over TLS",
		}
	}
	if proven := s.secure && !o.Insecure; !proven && !s.server.mayBe(host) {
		return service{}, &failure{
			what: fmt.Sprintf("without a verified certificate nothing proves that %s is %s, as it says", printable(s.server.host), printable(host)),
			hint: "name the domain controller itself in the LDAP URL, or use ldaps:// or --start-tls without --ldap-insecure",
		}
	}
	domain, _ := hostName(root.domainName()) // what is no name of a domain is none
	return service{host, domain}, nil
}

// mayBe says whether a host name that a server gives itself, without proof, fits the one
// that it was reached by: the same, its short form, or its domain. Otherwise any
// machine of the domain could stand in for the domain controller, under its own name
// and with its own key. An address fits every name.
func (e endpoint) mayBe(host string) bool {
	asked := strings.ToLower(strings.TrimSuffix(e.host, "."))
	if net.ParseIP(asked) != nil {
		return true
	}
	return inside(host, asked) || !strings.Contains(asked, ".") && strings.HasPrefix(host, asked+".")
}

// ticketFor gets a ticket for a domain controller's LDAP service, and says for which
// name it is: the one that proves a domain controller or, only where the KDC does not
// know that one, the other. Whoever stands between can say in the KDC's place that it
// does not know a name, for refusals are not protected; so the other proves less,
// however it came to be asked for.
func (k kdc) ticketFor(ctx context.Context, c *credential, tgt ticket, s service) (got ticket, spn string, err error) {
	if spn = s.ofController(); spn != "" {
		got, err = k.service(ctx, c, tgt, spn)
		var refusal messages.KRBError
		if !errors.As(err, &refusal) || refusal.ErrorCode != errorcode.KDC_ERR_S_PRINCIPAL_UNKNOWN {
			return got, spn, err
		}
	}
	spn = s.ofComputer()
	got, err = k.service(ctx, c, tgt, spn)
	return got, spn, err
}
