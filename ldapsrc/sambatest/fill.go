package sambatest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

var (
	//go:embed schema.ldif
	schema []byte
	//go:embed organization.ldif
	organization []byte
)

// requestTimeout is how long one LDAP request may take. They take milliseconds; a
// busy machine may take many times that.
const requestTimeout = time.Minute

// fill waits for the controller and brings it to the state that Controller describes.
func (c *Controller) fill(ctx context.Context, o Options) error {
	if err := c.awaitReady(ctx); err != nil {
		return err
	}
	if err := c.addUsers(); err != nil {
		return err
	}
	ofController, ofComputer := c.ServiceNames()
	if err := errors.Join(c.Register(ofController), c.Register(ofComputer)); err != nil {
		return fmt.Errorf("naming the LDAP service: %w", err)
	}
	if o.WithoutExchange {
		return nil
	}
	ldif := o.Organization
	if ldif == nil {
		ldif = organization
	}
	if err := c.plant(ldif); err != nil {
		return fmt.Errorf("adding the organization: %w", err)
	}
	if err := c.Deny(c.NoRights, exprDN); err != nil {
		return err
	}
	if err := c.Deny(c.PublicOnly, exprDN, PublicInformation); err != nil {
		return err
	}
	if err := c.denyBelow(c.Visitor, orgDN); err != nil {
		return err
	}
	return c.Deny(c.Outsider, orgDN)
}

// bind connects over LDAPS as the Administrator.
func (c *Controller) bind() (*ldap.Conn, error) {
	conn, err := ldap.DialURL("ldaps://"+c.Address, ldap.DialWithTLSConfig(&tls.Config{RootCAs: c.roots, ServerName: host}))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(requestTimeout)
	if err := conn.Bind(c.Administrator.User, c.Administrator.Password); err != nil {
		return nil, fmt.Errorf("binding: %w", errors.Join(err, conn.Close()))
	}
	return conn, nil
}

// newAccount makes a password for the user. The prefix has what the domain's policy
// of mixed characters asks for and chance may leave out.
func newAccount(name string) Account {
	return Account{User: strings.ToLower(name) + "@" + domain, Logon: name, Password: "aA1-" + rand.Text()}
}

// addUsers makes the accounts of the controller, each in its own state.
func (c *Controller) addUsers() error {
	conn, err := c.bind()
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, user := range []struct {
		name    string
		account *Account
		state   map[string]string
	}{
		{"Alice", &c.Alice, nil},
		{"NoRights", &c.NoRights, nil},
		{"PublicOnly", &c.PublicOnly, nil},
		{"Visitor", &c.Visitor, nil},
		{"Outsider", &c.Outsider, nil},
		// ACCOUNTDISABLE and NORMAL_ACCOUNT, MS-ADTS 2.2.16.
		{"Disabled", &c.Disabled, map[string]string{"userAccountControl": "514"}},
		// In 100 nanoseconds since 1601: the year 2014, MS-ADA1 2.2.
		{"Expired", &c.Expired, map[string]string{"accountExpires": "130328640000000000"}},
		{"MustChange", &c.MustChange, map[string]string{"pwdLastSet": "0"}},
	} {
		*user.account = newAccount(user.name)
		request := ldap.NewAddRequest("CN="+user.name+","+usersDN, nil)
		request.Attribute("objectClass", []string{"user"})
		request.Attribute("sAMAccountName", []string{user.name})
		request.Attribute("userPrincipalName", []string{user.account.User})
		request.Attribute("unicodePwd", []string{unicodePwd(user.account.Password)})
		if user.state["userAccountControl"] == "" {
			request.Attribute("userAccountControl", []string{"512"})
		}
		for name, value := range user.state {
			request.Attribute(name, []string{value})
		}
		if err := conn.Add(request); err != nil {
			return fmt.Errorf("adding the user %s: %w", user.name, err)
		}
	}
	return nil
}

// unicodePwd writes a password as the attribute of that name wants it: in quotes and
// UTF-16, MS-ADTS 3.1.1.3.1.5.1.
func unicodePwd(password string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return string(b)
}
