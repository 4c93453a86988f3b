package sambatest

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// PropertySet is the rights GUID of a set of attributes, as it stands in a security
// descriptor.
type PropertySet [16]byte

// PublicInformation is the set e48d0154-bcf8-11d1-8702-00c04fb96050, to which
// objectClass and cn belong (MS-ADTS 3.1.1.2.3.3).
var PublicInformation = PropertySet{
	0x54, 0x01, 0x8d, 0xe4, 0xf8, 0xbc, 0xd1, 0x11, 0x87, 0x02, 0x00, 0xc0, 0x4f, 0xb9, 0x60, 0x50,
}

// Deny takes from an account the right to read the object and what lies below it,
// except for the given attributes. The directory does not refuse a search that
// lacks the right: it answers as if there were nothing.
func (c *Controller) Deny(account Account, dn string, except ...PropertySet) error {
	conn, err := c.bind()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := deny(conn, account, dn, except, denyEntry); err != nil {
		return fmt.Errorf("denying %s to %s: %w", dn, account.User, err)
	}
	return nil
}

// DenyContents takes from an account the right to list the contents of the object, and no
// other: the object itself and what lies deeper can be read as before.
func (c *Controller) DenyContents(account Account, dn string) error {
	conn, err := c.bind()
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := deny(conn, account, dn, nil, denyListEntry); err != nil {
		return fmt.Errorf("denying the contents of %s to %s: %w", dn, account.User, err)
	}
	return nil
}

// denyBelow denies an account every child of an object.
func (c *Controller) denyBelow(account Account, dn string) error {
	conn, err := c.bind()
	if err != nil {
		return err
	}
	defer conn.Close()
	children, err := conn.Search(&ldap.SearchRequest{
		BaseDN: dn, Scope: ldap.ScopeSingleLevel, Filter: "(objectClass=*)", Attributes: []string{"1.1"},
	})
	if err != nil {
		return fmt.Errorf("listing %s: %w", dn, err)
	}
	for _, child := range children.Entries {
		if err := deny(conn, account, child.DN, nil, denyEntry); err != nil {
			return fmt.Errorf("denying %s to %s: %w", child.DN, account.User, err)
		}
	}
	return nil
}

func deny(conn *ldap.Conn, account Account, dn string, except []PropertySet, denial func(sid []byte) []byte) error {
	sid, err := attribute(conn, baseDN, ldap.ScopeWholeSubtree,
		"(userPrincipalName="+ldap.EscapeFilter(account.User)+")", "objectSid")
	if err != nil {
		return err
	}
	onlyDACL := &ldap.ControlMicrosoftSDFlags{Criticality: true, ControlValue: daclSecurityInformation}
	descriptor, err := attribute(conn, dn, ldap.ScopeBaseObject, "(objectClass=*)", "nTSecurityDescriptor", onlyDACL)
	if err != nil {
		return err
	}
	old, err := daclOf(descriptor)
	if err != nil {
		return err
	}
	// The first entry that speaks of a right decides, so the exceptions come first.
	var entries [][]byte
	for _, set := range except {
		entries = append(entries, allowEntry(sid, set))
	}
	entries = append(entries, denial(sid))
	request := ldap.NewModifyRequest(dn, []ldap.Control{onlyDACL})
	request.Replace("nTSecurityDescriptor", []string{string(old.prepend(entries).descriptor())})
	return conn.Modify(request)
}

// attribute reads the one value of the one object that a search finds.
func attribute(conn *ldap.Conn, base string, scope int, filter, name string, controls ...ldap.Control) ([]byte, error) {
	result, err := conn.Search(&ldap.SearchRequest{
		BaseDN: base, Scope: scope, Filter: filter, Attributes: []string{name}, Controls: controls,
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	if len(result.Entries) != 1 {
		return nil, fmt.Errorf("reading %s: %d objects under %s match %s", name, len(result.Entries), base, filter)
	}
	return result.Entries[0].GetRawAttributeValue(name), nil
}

// Layouts and numbers of security descriptors: MS-DTYP 2.4.3 to 2.4.6. The rights are
// those of MS-ADTS 5.1.3.2.
const (
	rightListContents = 0x04
	rightReadProperty = 0x10
	rightListObject   = 0x80

	accessDenied        = 1
	accessAllowedObject = 5
	containerInherit    = 2
	objectTypePresent   = 1

	aclRevisionDS  = 4
	aclHeaderSize  = 8
	descriptorSize = 20
	offsetOfDACL   = 16
	daclPresent    = 0x0004
	selfRelative   = 0x8000

	daclSecurityInformation = 4 // of LDAP_SERVER_SD_FLAGS_OID, MS-ADTS 3.1.1.3.4.1.11
)

var le = binary.LittleEndian

// acl is an access control list without its header.
type acl struct {
	count   int
	entries []byte
}

// daclOf takes the discretionary list out of a security descriptor.
func daclOf(descriptor []byte) (acl, error) {
	if len(descriptor) < descriptorSize {
		return acl{}, errors.New("the security descriptor is too short")
	}
	offset := int(le.Uint32(descriptor[offsetOfDACL:]))
	if offset < descriptorSize || offset+aclHeaderSize > len(descriptor) {
		return acl{}, errors.New("the security descriptor has no access control list")
	}
	list := descriptor[offset:]
	size := int(le.Uint16(list[2:]))
	if size < aclHeaderSize || size > len(list) {
		return acl{}, errors.New("the access control list is cut off")
	}
	return acl{count: int(le.Uint16(list[4:])), entries: list[aclHeaderSize:size]}, nil
}

func (a acl) prepend(entries [][]byte) acl {
	var all []byte
	for _, entry := range entries {
		all = append(all, entry...)
	}
	return acl{count: a.count + len(entries), entries: append(all, a.entries...)}
}

// descriptor is a security descriptor that holds the list and nothing else.
func (a acl) descriptor() []byte {
	b := []byte{1, 0}
	b = le.AppendUint16(b, selfRelative|daclPresent)
	b = append(b, make([]byte, 12)...) // no owner, no group, no system list
	b = le.AppendUint32(b, descriptorSize)

	b = append(b, aclRevisionDS, 0)
	b = le.AppendUint16(b, uint16(aclHeaderSize+len(a.entries)))
	b = le.AppendUint16(b, uint16(a.count))
	b = append(b, 0, 0)
	return append(b, a.entries...)
}

// entry is one access control entry; rest is what follows its mask.
func entry(kind, flags byte, mask uint32, rest []byte) []byte {
	b := []byte{kind, flags}
	b = le.AppendUint16(b, uint16(8+len(rest)))
	b = le.AppendUint32(b, mask)
	return append(b, rest...)
}

func denyEntry(sid []byte) []byte {
	return entry(accessDenied, containerInherit, rightReadProperty|rightListContents|rightListObject, sid)
}

func denyListEntry(sid []byte) []byte {
	return entry(accessDenied, 0, rightListContents, sid)
}

func allowEntry(sid []byte, set PropertySet) []byte {
	rest := le.AppendUint32(nil, objectTypePresent)
	rest = append(rest, set[:]...)
	return entry(accessAllowedObject, containerInherit, rightReadProperty, append(rest, sid...))
}
