package stored

import "strings"

// Method is one authentication method of a virtual directory. Exchange stores methods in
// two encodings. The flags are those of Microsoft's own collector scripts; the ordinals
// were observed in Exchange 2013 CU23, and in later exports of the shell, which shows
// them as the numbers of an enumeration.
type Method struct {
	Name    string
	Flag    uint32
	Ordinal int
}

// Methods are all that are known.
func Methods() [15]Method {
	return [...]Method{
		{"Basic", 1, 0},
		{"Ntlm", 2, 2},
		{"Fba", 4, 3},
		{"Digest", 8, 1},
		{"WindowsIntegrated", 16, 4},
		{"LiveIdFba", 32, 5},
		{"LiveIdBasic", 64, 6},
		{"WSSecurity", 128, 7},
		{"Certificate", 256, 8},
		{"NegoEx", 512, 9},
		{"OAuth", 1024, 10},
		{"Adfs", 2048, 11},
		{"Kerberos", 4096, 12},
		{"Negotiate", 8192, 13},
		{"LiveIdNegotiate", 16384, 14},
	}
}

// MethodFlag is the flag of a method by its name.
func MethodFlag(name string) (flag int, known bool) {
	for _, m := range Methods() {
		if strings.EqualFold(m.Name, name) {
			return int(m.Flag), true
		}
	}
	return 0, false
}
