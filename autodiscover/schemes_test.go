package autodiscover

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSchemes(t *testing.T) {
	var many []string
	for i := range 40 {
		many = append(many, fmt.Sprintf("S%d", i))
	}
	for _, test := range []struct {
		name    string
		headers []string
		want    []string
	}{
		{"none", nil, nil},
		{"several headers", []string{"Negotiate", "Kerberos", "NTLM", `Basic realm="autodiscover.contoso.com"`}, []string{"Negotiate", "Kerberos", "NTLM", "Basic"}},
		{"several in one", []string{`Basic Realm="",Negotiate`}, []string{"Basic", "Negotiate"}},
		{"parameters", []string{`Bearer client_id="x", trusted_issuers="a,b@*", authorization_uri="https://x/", Basic realm="y"`}, []string{"Bearer", "Basic"}},
		{"blanks around the equals sign", []string{`Digest realm = "x", nonce = "y" , NTLM`}, []string{"Digest", "NTLM"}},
		{"a token after the name", []string{"Negotiate oYG2MIGzoAMKAQA=", "NTLM TlRMTVNTUAAC=="}, []string{"Negotiate", "NTLM"}},
		{"a scheme inside quotes", []string{`Negotiate realm="x, Basic"`, `Negotiate realm="\", Basic"`}, []string{"Negotiate"}},
		{"the same twice", []string{"NTLM", "ntlm", "Ntlm"}, []string{"NTLM"}},
		{"empty items", []string{",, ,NTLM,,"}, []string{"NTLM"}},
		{"not a token", []string{"Ba\x01sic", "B(a)sic", strings.Repeat("a", 65), "ñ"}, nil},
		{"an open quote", []string{`Basic realm="x, NTLM`}, []string{"Basic"}},
		{"too many", many, many[:maxSchemes]},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, schemes(test.headers)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
