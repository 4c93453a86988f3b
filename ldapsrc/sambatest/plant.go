package sambatest

import (
	"fmt"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// plant adds the objects of an LDIF, and the containers that it leaves out. What is
// there already stays as it is: every forest has its sites' container, and the
// schema was extended before anything was served.
func (c *Controller) plant(ldif []byte) error {
	records, err := parseRecords(string(ldif))
	if err != nil {
		return err
	}
	conn, err := c.bind()
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, r := range records {
		if r.deleted || r.changes != nil {
			return fmt.Errorf("%s: an organization has objects, and no changes of them", r.dn)
		}
		if err := add(conn, &ldap.AddRequest{DN: r.dn, Attributes: r.attributes}); err != nil {
			return fmt.Errorf("%s: %w", r.dn, err)
		}
	}
	return nil
}

// add adds an object that is not there, and first its containers where they are missing.
func add(conn *ldap.Conn, request *ldap.AddRequest) error {
	err := conn.Add(request)
	if ldap.IsErrorWithCode(err, ldap.LDAPResultNoSuchObject) {
		container, below := parent(request.DN)
		if !below {
			return err
		}
		if err := add(conn, &ldap.AddRequest{DN: container, Attributes: []ldap.Attribute{
			{Type: "objectClass", Vals: []string{containerClass(container)}},
		}}); err != nil {
			return fmt.Errorf("adding the container %s: %w", container, err)
		}
		err = conn.Add(request)
	}
	if ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
		return nil
	}
	return err
}

// containerClass is one whose objects have no rights of their own inside the
// organization, where they inherit, and may be read by anybody outside.
func containerClass(dn string) string {
	if strings.HasSuffix(dn, ","+orgDN) {
		return "msExchContainer"
	}
	return "container"
}

// parent is the name of the object's container, and whether it lies in the forest.
func parent(dn string) (string, bool) {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[i+1:], strings.HasSuffix(dn[i+1:], ","+baseDN)
		}
	}
	return "", false
}
