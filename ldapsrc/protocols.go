package ldapsrc

// container is one below CN=Protocols of a server. Active Directory shows nothing in a
// container whose contents an account may not list, even where the account may read
// the container itself, and says nothing of it. So one in which setup puts something is
// never believed empty.
type container struct {
	name   string
	filled func(roles int, b build) bool // whether setup puts something in it
}

// What setup puts where, by roles and version. That a server of Exchange 2016 or later
// has all of it follows from its one role besides Edge (Microsoft, "Exchange 2016
// architecture"); the rest was observed in Exchange 2013 CU23, and is believed of
// Exchange 2007 and 2010, where the roles could be installed one by one.
var (
	inHTTP         = container{"HTTP", servesClients}
	inPOP3         = container{"POP3", servesClients}
	inIMAP4        = container{"IMAP4", never} // POP3 beside it tells where both are hidden; that IMAP4 alone is, nothing does
	inAutodiscover = container{"Autodiscover", func(roles int, b build) bool {
		// The Mailbox role of 2013 has the bit of ClientAccess, and no connection point.
		return roles&roleCafe != 0 || roles&roleClientAccess != 0 && b.major < 15 || allRoles(roles, b)
	}}
	inReceive = container{"SMTP Receive Connectors", func(roles int, b build) bool {
		return roles&(roleHub|roleFrontend) != 0 || allRoles(roles, b)
	}}
)

func servesClients(roles int, b build) bool {
	return roles&(roleCafe|roleClientAccess) != 0 || allRoles(roles, b)
}

func never(int, build) bool { return false }

// allRoles says whether the server is a mailbox server of Exchange 2016 or later.
func allRoles(roles int, b build) bool {
	return roles&roleMailbox != 0 && (b.major > 15 || b.major == 15 && b.minor > 0)
}

// in is a container of a server. It is believed empty, or absent, where the account may
// read the server, and setup puts nothing in it. A server whose roles are not known may
// have any of them.
func (c container) in(server entry) place {
	p := place{dn: "CN=" + c.name + ",CN=Protocols," + server.DN}
	if !server.readable() {
		return p
	}
	if _, said := server.values("objectClass"); said && !server.isA(classServer) {
		p.sure = true
		return p
	}
	roles, version := server.number(attrRoles), server.number(attrVersionNumber)
	b, ok := buildOf(version.Value.Value)
	switch {
	case version.Value.Present && !ok: // older than all whose objects are read here
		p.sure = true
	case version.Value.Present && roles.Value.Present:
		p.sure = !c.filled(roles.Value.Value, b)
	}
	return p
}
