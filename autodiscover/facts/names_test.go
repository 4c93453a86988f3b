package facts

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
)

func TestSameName(t *testing.T) {
	email := pkix.RDNSequence{
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 6}, Value: "US"}},
		{{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: "mail.contoso.com"}},
		{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "admin@contoso.com"}},
	}.String()
	tests := []struct {
		name, a, b string
		want       nameOrder
	}{
		{"the same text", "CN=mail.contoso.com", "CN=mail.contoso.com", nameSame},
		{"another case and other blanks", "CN=mail.contoso.com, O=Contoso, S=WA, C=US", "cn=MAIL.contoso.com,O=contoso,ST=WA,C=US", nameSame},
		{".NET's quotes and Go's escapes", `CN=x, O="Contoso, Ltd."`, `CN=x,O=Contoso\, Ltd.`, nameSame},
		{"a quotation mark inside", `CN="a ""b"" c"`, `CN=a \"b\" c`, nameSame},
		{"a hexadecimal escape", `CN=a\2Cb`, `CN="a,b"`, nameSame},
		{"an e-mail attribute", "E=admin@contoso.com, CN=mail.contoso.com, C=US", email, nameSame},
		{"an OID with and without its prefix", "OID.2.5.4.97=VATDE-1, CN=x", "2.5.4.97=VATDE-1,CN=x", nameSame},
		{"several values in one part", "CN=x+OU=y, O=z", "OU=y + CN=x,O=z", nameSame},
		{"semicolons, as RFC 1779 allows", "CN=x; O=y", "CN=x,O=y", nameSame},
		{"blanks inside", "CN=Contoso  Issuing CA", "CN=Contoso Issuing CA", nameSame},
		{"the opposite order", "C=US, O=Contoso, CN=x", "CN=x,O=Contoso,C=US", nameReversed},
		{"another value", "CN=R10, O=Let's Encrypt, C=US", "CN=R11,O=Let's Encrypt,C=US", nameDiffers},
		{"a part too many", "CN=x, O=y", "CN=x", nameDiffers},
		{"nothing is no name", "", "", nameDiffers},
		{"no name at all", "mail.contoso.com", "mail.contoso.com.", nameDiffers},
		{"a quotation mark that never ends", `CN="x`, `CN=x`, nameDiffers},
		{"a look-alike", "CN=\u212Aelvin", "CN=kelvin", nameDiffers},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := compareNames(test.a, test.b); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
			if got := compareNames(test.b, test.a); got != test.want {
				t.Errorf("the other way round: got %d, want %d", got, test.want)
			}
		})
	}
}

func FuzzSameName(f *testing.F) {
	for _, seed := range []string{"CN=a, O=b", `CN="a""b"`, `CN=a\2C`, "OID.1.2=#0c0161", "=", "CN=", `\`, "a+b=c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if parts, ok := nameParts(text); ok && (len(parts) == 0 || !SameName(text, text)) {
			t.Errorf("%q is not the same as itself: %q", text, parts)
		}
	})
}
