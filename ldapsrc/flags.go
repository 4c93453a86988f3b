package ldapsrc

import (
	"fmt"

	"exprobe/autodiscover/facts"
)

// bit is one bit of a number and its name.
type bit struct {
	mask uint32
	name string
}

// bitNames lists the names of the bits that are set. Bits without a name are kept as
// one number.
func bitNames(value uint32, bits []bit) []string {
	var names []string
	for _, b := range bits {
		if value&b.mask != 0 {
			names = append(names, b.name)
			value &^= b.mask
		}
	}
	if value != 0 {
		names = append(names, fmt.Sprintf("0x%x", value))
	}
	return names
}

// roleBits are those of msExchCurrentServerRoles, as observed in Exchange 2013 CU23.
var roleBits = []bit{
	{roleCafe, "Cafe"},
	{roleMailbox, "Mailbox"},
	{roleClientAccess, "ClientAccess"},
	{16, "UnifiedMessaging"},
	{roleHub, "HubTransport"},
	{roleEdge, "Edge"},
	{4096, "ProvisionedServer"},
	{roleFrontend, "FrontendTransport"},
	{32768, "CafeArray"},
}

// Roles by which more is decided than how they are called.
const (
	roleCafe         = 1 // the Client Access role of Exchange 2013
	roleMailbox      = 2
	roleClientAccess = 4 // that of 2007 and 2010; in 2013 a part of the Mailbox role
	roleHub          = 32
	roleEdge         = 64 // public scripts know it too
	roleFrontend     = 16384
)

func rolesOf(n facts.Number) facts.Flags {
	return facts.Flags{Raw: n, Names: bitNames(uint32(n.Value), roleBits)}
}

// featureBits are those of msExchCoexistenceFeatureFlags, as observed in Exchange
// 2013 CU23.
var featureBits = []bit{
	{1, "FreeBusy"},
	{2, "MoveMailbox"},
	{4, "Mailtips"},
	{8, "MessageTracking"},
	{16, "OwaRedirection"},
	{32, "OnlineArchive"},
	{64, "SecureMail"},
	{128, "CentralizedTransportOnPremises"},
	{256, "CentralizedTransportInCloud"},
	{512, "Photos"},
}

func featuresOf(n facts.Number) facts.Flags {
	return facts.Flags{Raw: n, Names: bitNames(uint32(n.Value), featureBits)}
}
