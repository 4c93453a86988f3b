package sambatest

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/iana/etypeID"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/jcmturner/gokrb5/v8/messages"
	"github.com/jcmturner/gokrb5/v8/types"
)

// ServiceNames are the names that Kerberos knows the LDAP service by: the one of a
// domain controller, and the one that any computer may have. Samba adds both with a
// script (samba_spnupdate) that does not run here.
func (c *Controller) ServiceNames() (ofController, ofComputer string) {
	return "ldap/" + host + "/" + domain, "ldap/" + host
}

// Register gives the controller's account a service principal name.
func (c *Controller) Register(spn string) error { return c.changeServiceName("add", spn) }

// Unregister takes one away.
func (c *Controller) Unregister(spn string) error { return c.changeServiceName("delete", spn) }

func (c *Controller) changeServiceName(operation, spn string) error {
	err := c.Apply([]byte("dn: CN=DC1,OU=Domain Controllers," + baseDN + "\nchangetype: modify\n" +
		operation + ": servicePrincipalName\nservicePrincipalName: " + spn + "\n-\n"))
	if err != nil {
		return fmt.Errorf("%s the service name %s: %w", operation, spn, err)
	}
	return nil
}

// Krb5Config is the text of a krb5.conf that names the controller.
func (c *Controller) Krb5Config() string {
	return fmt.Sprintf("[libdefaults]\n default_realm = %s\n[realms]\n %s = {\n  kdc = %s\n }\n",
		c.Realm, c.Realm, net.JoinHostPort(c.Address, "88"))
}

// Keytab writes a keytab with the account's AES-256 key, and returns its path. The
// file goes with the controller.
func (c *Controller) Keytab(a Account) (string, error) {
	kt := keytab.New()
	// The key is salted with the name. Samba takes it from the user principal name;
	// Windows takes sAMAccountName.
	name, _, _ := strings.Cut(a.User, "@")
	if err := kt.AddEntry(name, c.Realm, a.Password, time.Now(), 1, etypeID.AES256_CTS_HMAC_SHA1_96); err != nil {
		return "", err
	}
	b, err := kt.Marshal()
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, a.Logon+".keytab")
	return path, os.WriteFile(path, b, 0o600)
}

// CredentialCache gets a ticket-granting ticket for the account, writes it as
// kinit does, and returns the path of the cache. The file goes with the controller.
func (c *Controller) CredentialCache(a Account) (string, error) {
	conf, err := config.NewFromString(c.Krb5Config())
	if err != nil {
		return "", err
	}
	cl := client.NewWithPassword(a.Logon, c.Realm, a.Password, conf)
	defer cl.Destroy()
	request, err := messages.NewASReqForTGT(c.Realm, conf, cl.Credentials.CName())
	if err != nil {
		return "", err
	}
	reply, err := cl.ASExchange(c.Realm, request, 0)
	if err != nil {
		return "", err
	}
	b, err := cache(reply)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.dir, a.Logon+".ccache")
	return path, os.WriteFile(path, b, 0o600)
}

// cache is a credential cache of version 4 with one ticket (MIT Kerberos,
// "Credential cache file format").
func cache(reply messages.ASRep) ([]byte, error) {
	tkt, err := reply.Ticket.Marshal()
	if err != nil {
		return nil, err
	}
	part := reply.DecryptedEncPart
	b := []byte{5, 4, 0, 0}
	b = appendPrincipal(b, reply.CName, reply.CRealm)

	b = appendPrincipal(b, reply.CName, reply.CRealm)
	b = appendPrincipal(b, part.SName, part.SRealm)
	b = binary.BigEndian.AppendUint16(b, uint16(part.Key.KeyType))
	b = appendData(b, part.Key.KeyValue)
	for _, at := range []time.Time{part.AuthTime, part.StartTime, part.EndTime, {}} {
		b = binary.BigEndian.AppendUint32(b, uint32(max(at.Unix(), 0)))
	}
	b = append(b, 0)                       // not of a user-to-user ticket
	b = append(b, part.Flags.Bytes[:4]...) // as the KDC set them
	b = append(b, make([]byte, 8)...)      // no addresses, no authorization data
	b = appendData(b, tkt)
	return appendData(b, nil), nil
}

func appendPrincipal(b []byte, name types.PrincipalName, realm string) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(name.NameType))
	b = binary.BigEndian.AppendUint32(b, uint32(len(name.NameString)))
	b = appendData(b, []byte(realm))
	for _, part := range name.NameString {
		b = appendData(b, []byte(part))
	}
	return b
}

func appendData(b, data []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(data))), data...)
}
