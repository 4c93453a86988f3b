package tlsprobe_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/hosttest"
	"exprobe/autodiscover/tlsprobe"
)

func TestFileIsJudgedLikeAHandshake(t *testing.T) {
	w := newWorld(t)
	parsed := func(ders [][]byte) (chain []facts.Certificate) {
		for _, der := range ders {
			chain = append(chain, facts.ParseCertificate(der))
		}
		return chain
	}
	whole := parsed(w.named(t, "mail.contoso.com").Certificate)
	own := parsed(w.issue(t, hosttest.Spec{CommonNames: []string{"EX01"}, SelfSigned: true}).Certificate)
	missing := facts.Trust{Missing: "CN=Contoso Issuing CA",
		Reason: `the server did not send the certificate of the issuer, "Contoso Issuing CA", which is not a trusted root here: an intermediate certificate is missing, or the authority is not trusted`}
	for _, test := range []struct {
		name  string
		chain []facts.Certificate
		whole bool
		want  facts.Observed[facts.Trust]
	}{
		{"a whole chain", whole, true, facts.Known(w.trusted(t))},
		{"a chain without its issuer", whole[:1], true, facts.Known(missing)},
		{"a file of one certificate, which says nothing of its issuer", whole[:1], false,
			facts.Unknown[facts.Trust]("mail.cer holds the server's certificate alone, and not that of its issuer, CN=Contoso Issuing CA; " +
				"name a file with the whole chain (.p7b, .pfx or PEM), or the issuer's certificate with --ca-file")},
		{"a file of one certificate that is self-signed", own, false, facts.Known(facts.Trust{Reason: "the certificate is self-signed"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := tlsprobe.FromFile("mail.cer", test.chain, test.whole, w.roots, at)
			want := facts.Known(facts.Served{Chain: test.chain, Trust: test.want, File: "mail.cer"})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if got := tlsprobe.FromFile("mail.cer", nil, true, w.roots, at); got.Known || got.Why != "mail.cer holds no certificate" {
		t.Errorf("without certificates: %+v", got)
	}
}
