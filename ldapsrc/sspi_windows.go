package ldapsrc

import (
	"crypto/x509"

	"github.com/go-ldap/ldap/v3"
	"github.com/go-ldap/ldap/v3/gssapi"
)

// sspiAvailable says whether this machine knows a logged-on user of the domain.
const sspiAvailable = true

// currentUser is the logged-on user of Windows, bound to the server's certificate
// where there is one.
func currentUser(cert *x509.Certificate) (ldap.GSSAPIClient, error) {
	create := gssapi.NewSSPIClient
	if _, ok := endpointHash(cert); ok {
		create = func() (*gssapi.SSPIClient, error) { return gssapi.NewSSPIClientWithChannelBinding(cert) }
	}
	c, err := create()
	if err != nil {
		return nil, err
	}
	return c, nil
}
