package sambatest

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// VirtualDirectory is one that Crowd adds.
type VirtualDirectory struct {
	DN    string
	Class string // "msExchRpcHttpVirtualDirectory" and its like
	URL   string // internal and external
}

// crowdClasses are the kinds of virtual directories that a server has.
var crowdClasses = []string{
	"msExchAutoDiscoverVirtualDirectory", "msExchECPVirtualDirectory", "msExchMapiVirtualDirectory",
	"msExchMobileVirtualDirectory", "msExchOABVirtualDirectory", "msExchOWAVirtualDirectory",
	"msExchPowerShellVirtualDirectory", "msExchRpcHttpVirtualDirectory", "msExchWebServicesVirtualDirectory",
}

// perServer is how many virtual directories a server gets: more than there are in
// Exchange, for the containers take time.
const perServer = 100

// Crowd adds virtual directories to new servers, and returns what it added. The
// servers themselves are containers alone.
func (c *Controller) Crowd(n int) ([]VirtualDirectory, error) {
	conn, err := c.bind()
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	var all []VirtualDirectory
	for i := range n {
		server := i / perServer
		v := VirtualDirectory{
			DN: fmt.Sprintf("CN=Web (Site %d),CN=HTTP,CN=Protocols,CN=CROWD%04d,CN=Servers,"+
				"CN=Exchange Administrative Group (FYDIBOHF23SPDLT),CN=Administrative Groups,%s", i%perServer, server, orgDN),
			Class: crowdClasses[i%len(crowdClasses)],
			URL:   fmt.Sprintf("https://mail%04d.contoso.com/web", server),
		}
		request := ldap.NewAddRequest(v.DN, nil)
		request.Attribute("objectClass", []string{v.Class})
		request.Attribute("msExchExternalHostName", []string{v.URL})
		request.Attribute("msExchInternalHostName", []string{v.URL})
		request.Attribute("msExchExternalAuthenticationMethods", []string{"4"})
		request.Attribute("msExchInternalAuthenticationMethods", []string{"5"})
		request.Attribute("msExchMetabasePath", []string{"IIS://crowd.contoso.com/W3SVC/1/ROOT/web"})
		if err := add(conn, request); err != nil {
			return nil, fmt.Errorf("%s: %w", v.DN, err)
		}
		all = append(all, v)
	}
	return all, nil
}
