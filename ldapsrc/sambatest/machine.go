package sambatest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
)

// missing says what of Samba the machine lacks, or "". A file server can be
// installed without what makes it a domain controller.
func missing() string {
	for _, part := range []struct{ pattern, debian string }{
		{"/usr/sbin/samba", "samba"},
		{"/usr/lib/python3*/dist-packages/samba/provision", "python3-samba"},
		{"/usr/share/samba/setup/provision.ldif", "samba-ad-provision"},
		{"/usr/lib/*/samba/ldb/samba_dsdb.so", "samba-dsdb-modules"},
	} {
		if found, err := filepath.Glob(part.pattern); err != nil || len(found) == 0 {
			return fmt.Sprintf("there is no %s (Debian's package %s; .ci/peers installs what is needed)", part.pattern, part.debian)
		}
	}
	return ""
}

// maxAddresses is how many loopback addresses are tried. They are taken at random
// from 65,000, so that two test binaries at the same time do not meet.
const maxAddresses = 20

// freeAddress finds a loopback address on which the ports of LDAP, of the global
// catalog, of Kerberos and of DNS are free. Samba cannot move all of them.
func freeAddress() (string, error) {
	var err error
	for range maxAddresses {
		address := fmt.Sprintf("127.0.%d.%d", rand.IntN(256), 2+rand.IntN(253))
		if err = bindable(address, "53", "88", "389", "464", "636", "3268", "3269"); err == nil {
			return address, nil
		}
	}
	return "", fmt.Errorf("finding a loopback address for LDAP (ports below 1024 need root or CAP_NET_BIND_SERVICE): %w", err)
}

func bindable(address string, ports ...string) error {
	for _, port := range ports {
		listener, err := net.Listen("tcp", net.JoinHostPort(address, port))
		if err != nil {
			return err
		}
		if err := listener.Close(); err != nil {
			return err
		}
	}
	return nil
}
