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
	{1, "Cafe"}, // the Client Access role of Exchange 2013
	{2, "Mailbox"},
	{4, "ClientAccess"},
	{16, "UnifiedMessaging"},
	{32, "HubTransport"},
	{roleEdge, "Edge"},
	{4096, "ProvisionedServer"},
	{16384, "FrontendTransport"},
	{32768, "CafeArray"},
}

// roleEdge marks an Edge Transport server; public scripts know it too.
const roleEdge = 64

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
