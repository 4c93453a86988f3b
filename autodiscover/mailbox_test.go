package autodiscover

import (
	"strings"
	"testing"
)

func TestCheckMailbox(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, test := range []struct{ mailbox, domain, wrong string }{
		{mailbox: "ada@contoso.com", domain: "contoso.com"},
		{mailbox: "Ada.O'Brien+x@Mail.Contoso.COM", domain: "mail.contoso.com"},
		{mailbox: "ada@contoso.test", domain: "contoso.test"},
		{mailbox: "ada@contoso.co.uk", domain: "contoso.co.uk"},
		{mailbox: "ada@tenant.onmicrosoft.com", domain: "tenant.onmicrosoft.com"},
		{mailbox: "ada@münchen.test", domain: "xn--mnchen-3ya.test"},
		{mailbox: "ada@xn--mnchen-3ya.test", domain: "xn--mnchen-3ya.test"},
		{mailbox: "jürgen@contoso.com", domain: "contoso.com"},

		{mailbox: "", wrong: "want user@domain"},
		{mailbox: "contoso.com", wrong: "want user@domain"},
		{mailbox: "@contoso.com", wrong: "want user@domain"},
		{mailbox: "ada@", wrong: "want user@domain"},
		{mailbox: "ada@x@contoso.com", wrong: "want user@domain"},
		{mailbox: "ada lovelace@contoso.com", wrong: "a blank or an invisible character"},
		{mailbox: "ada\r\nX-Evil: 1@contoso.com", wrong: "a blank or an invisible character"},
		{mailbox: "ada\u202e@contoso.com", wrong: "a blank or an invisible character"},
		{mailbox: "ada\xff@contoso.com", wrong: "a blank or an invisible character"},
		{mailbox: "ada@corp", wrong: "has no dot"},
		{mailbox: "ada@com", wrong: "has no dot"},
		{mailbox: "ada@co.uk", wrong: "public suffix"},
		{mailbox: "ada@foo.ck", wrong: "public suffix"},
		{mailbox: "ada@contoso.com.", wrong: "not a host name"},
		{mailbox: "ada@.com", wrong: "not a host name"},
		{mailbox: "ada@contoso..com", wrong: "not a host name"},
		{mailbox: "ada@-contoso.com", wrong: "not a host name"},
		{mailbox: "ada@con_toso.com", wrong: "not a host name"},
		{mailbox: "ada@contoso.com:8443", wrong: "not a host name"},
		{mailbox: "ada@contoso.com/x", wrong: "not a host name"},
		{mailbox: "ada@[192.0.2.1]", wrong: "not a host name"},
		{mailbox: "ada@192.0.2.1", wrong: "an address or ends in a number"},
		{mailbox: "ada@xn--a-ecp.ru\u00a0", wrong: "a blank or an invisible character"},
		{mailbox: "ada@" + long + "a.com", wrong: "not a host name"},
		{mailbox: "a@" + strings.Repeat(long+".", 3) + strings.Repeat("b", 45) + ".com", wrong: "longer than 240 bytes"},
		{mailbox: strings.Repeat("a", 260) + "@contoso.com", wrong: "longer than 254 bytes"},
	} {
		domain, err := domainOf(test.mailbox)
		switch {
		case test.wrong == "" && (err != nil || domain != test.domain):
			t.Errorf("%q: got %q, %v; want %q", test.mailbox, domain, err, test.domain)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%q: got %q, %v; want an error with %q", test.mailbox, domain, err, test.wrong)
		}
		if again := CheckMailbox(test.mailbox); (again == nil) != (err == nil) {
			t.Errorf("%q: CheckMailbox says %v", test.mailbox, again)
		}
		if err != nil && (len(err.Error()) > 400 || strings.ContainsAny(err.Error(), "\r\n\u202e")) {
			t.Errorf("%q: the error is not fit to print: %v", test.mailbox, err)
		}
	}
}
