package ldapsrc

import (
	"bytes"
	"context"
	"encoding/asn1"
	"slices"
)

// The mechanisms of RFC 4178 3.
var (
	spnegoMechanism   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 2}
	kerberosMechanism = asn1.ObjectIdentifier{1, 2, 840, 113554, 1, 2, 2}

	// kerberosOld is Windows 2000's slip of 16 bits, which servers still answer with
	// (MS-SPNG, 3.1.5.2).
	kerberosOld = asn1.ObjectIdentifier{1, 2, 840, 48018, 1, 2, 2}
)

// States of a negotiation (RFC 4178 4.2.2).
const (
	negUnsaid          = -1
	negAcceptCompleted = 0
	negReject          = 2
	negRequestMIC      = 3
)

var (
	errSPNEGO = &failure{
		what: "the server's answer to Negotiate is malformed",
		hint: "something between may change headers; or sign in with NTLM",
	}
	errRejected = &failure{
		what: "the server rejects Kerberos",
		hint: "the service name may belong to another account, the clocks may differ by more than five minutes, or with " +
			"Extended Protection something before the server ends TLS; or sign in with NTLM",
	}
	errOtherMechanism = &failure{
		what: "the server wants another mechanism than Kerberos, as NTLM",
		hint: "nothing weaker is sent unasked: choose NTLM with --auth, or check the server's providers of Windows authentication",
	}
)

// kerberosAlone is HTTP's Negotiate with one mechanism. There being one, nobody can have
// taken a better one away, and the list of mechanisms needs no checksum (RFC 4178 5).
type kerberosAlone struct {
	mechanism interface {
		begin(ctx context.Context) ([]byte, error) // the first token
		finish(token []byte) error                 // checks what the server proves itself with
		close()
	}
	begun, proved bool
}

// Next takes part in SecurityContext.
func (s *kerberosAlone) Next(ctx context.Context, token []byte) ([]byte, bool, error) {
	if !s.begun {
		if token != nil {
			return nil, false, errSPNEGO
		}
		inner, err := s.mechanism.begin(ctx)
		if err != nil {
			return nil, false, err
		}
		s.begun = true
		first, err := negTokenInit(inner)
		return first, false, err
	}
	if bytes.HasPrefix(token, []byte(ntlmSignature)) {
		return nil, false, errOtherMechanism
	}
	answer, err := parseNegTokenResp(token)
	if err != nil {
		return nil, false, err
	}
	other := len(answer.Mechanism) > 0 && !slices.ContainsFunc([]asn1.ObjectIdentifier{kerberosMechanism, kerberosOld}, answer.Mechanism.Equal)
	switch {
	case other:
		return nil, false, errOtherMechanism
	case len(answer.Token) > 0:
		if err := s.mechanism.finish(answer.Token); err != nil {
			return nil, false, err
		}
		if answer.State == negReject {
			return nil, false, errRejected
		}
		s.proved = true
	case answer.State == negReject, answer.State == negRequestMIC:
		return nil, false, errRejected
	}
	return nil, true, nil
}

// Ticket takes part in SecurityContext.
func (s *kerberosAlone) Ticket() bool { return true }

// Proved takes part in SecurityContext.
func (s *kerberosAlone) Proved() bool { return s.proved }

// Close takes part in SecurityContext.
func (s *kerberosAlone) Close() { s.mechanism.close() }

// negTokenInit wraps the first token of Kerberos (RFC 4178 4.2.1, RFC 2743 3.1).
func negTokenInit(token []byte) ([]byte, error) {
	inner, err := asn1.MarshalWithParams(struct {
		Mechanisms []asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
		Token      []byte                  `asn1:"explicit,tag:2"`
	}{[]asn1.ObjectIdentifier{kerberosMechanism}, token}, "explicit,tag:0")
	if err != nil {
		return nil, err
	}
	mechanism, err := asn1.Marshal(spnegoMechanism)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(asn1.RawValue{Class: asn1.ClassApplication, IsCompound: true, Bytes: append(mechanism, inner...)})
}

// negTokenResp is the server's answer (RFC 4178 4.2.2).
type negTokenResp struct {
	State     asn1.Enumerated       `asn1:"optional,explicit,tag:0,default:-1"`
	Mechanism asn1.ObjectIdentifier `asn1:"optional,explicit,tag:1"`
	Token     []byte                `asn1:"optional,explicit,tag:2"`
	MIC       []byte                `asn1:"optional,explicit,tag:3"`
}

func parseNegTokenResp(b []byte) (negTokenResp, error) {
	var answer negTokenResp
	if len(b) > maxToken {
		return answer, errSPNEGO
	}
	rest, err := asn1.UnmarshalWithParams(b, &answer, "explicit,tag:1")
	if err != nil || len(rest) > 0 || answer.State < negUnsaid || answer.State > negRequestMIC {
		return negTokenResp{}, errSPNEGO
	}
	return answer, nil
}
