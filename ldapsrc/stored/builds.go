package stored

import (
	"fmt"

	"exprobe/autodiscover/facts"
)

// Version names the product and the update that a build belongs to.
func Version(major, minor, number int) facts.Version {
	b := build{major, minor, number}
	return facts.Version{
		Number:  fmt.Sprintf("%d.%d.%d", major, minor, number),
		Product: b.product(),
		Update:  b.update(),
	}
}

// build is a version without its revision: an update that setup installs has a build
// of its own, and the security updates to it differ in the revision alone.
type build struct{ major, minor, number int }

// firstSE is the build of 15.2 at which Exchange Server SE begins. That no later
// Exchange Server 2019 reaches it is believed.
const firstSE = 2562

// product is the name of the product that a build belongs to, or "".
func (b build) product() string {
	switch {
	case b.major == 8:
		return "Exchange Server 2007"
	case b.major == 14:
		return "Exchange Server 2010"
	case b.major != 15:
		return ""
	case b.minor == 0:
		return "Exchange Server 2013"
	case b.minor == 1:
		return "Exchange Server 2016"
	case b.minor == 2 && b.number < firstSE:
		return "Exchange Server 2019"
	case b.minor == 2:
		return "Exchange Server SE"
	}
	return ""
}

// update is the service pack or cumulative update of a build, or "" where the table
// does not know it.
func (b build) update() string {
	for _, u := range updates[fmt.Sprintf("%d.%d", b.major, b.minor)] {
		if u.build == b.number {
			return u.name
		}
	}
	return ""
}

// updates are the service packs and cumulative updates by version, as of May 2026:
// Microsoft, "Exchange Server build numbers and release dates"
// (https://learn.microsoft.com/exchange/new-features/build-numbers-and-release-dates)
// and Microsoft's list beside its module ExchangeBuildNumber
// (https://github.com/microsoft/Get-ExchangeBuildNumber, ExchangeBuildNumbers.csv).
// Update rollups of 2007 and 2010 are left out.
var updates = map[string][]struct {
	build int
	name  string
}{
	"8.0":  {{685, "RTM"}},
	"8.1":  {{240, "SP1"}},
	"8.2":  {{176, "SP2"}},
	"8.3":  {{83, "SP3"}},
	"14.0": {{639, "RTM"}},
	"14.1": {{218, "SP1"}},
	"14.2": {{247, "SP2"}},
	"14.3": {{123, "SP3"}},
	"15.0": {
		{516, "RTM"}, {620, "CU1"}, {712, "CU2"}, {775, "CU3"}, {847, "SP1"}, {913, "CU5"},
		{995, "CU6"}, {1044, "CU7"}, {1076, "CU8"}, {1104, "CU9"}, {1130, "CU10"}, {1156, "CU11"},
		{1178, "CU12"}, {1210, "CU13"}, {1236, "CU14"}, {1263, "CU15"}, {1293, "CU16"}, {1320, "CU17"},
		{1347, "CU18"}, {1365, "CU19"}, {1367, "CU20"}, {1395, "CU21"}, {1473, "CU22"}, {1497, "CU23"},
	},
	"15.1": {
		{225, "RTM"}, {396, "CU1"}, {466, "CU2"}, {544, "CU3"}, {669, "CU4"}, {845, "CU5"},
		{1034, "CU6"}, {1261, "CU7"}, {1415, "CU8"}, {1466, "CU9"}, {1531, "CU10"}, {1591, "CU11"},
		{1713, "CU12"}, {1779, "CU13"}, {1847, "CU14"}, {1913, "CU15"}, {1979, "CU16"}, {2044, "CU17"},
		{2106, "CU18"}, {2176, "CU19"}, {2242, "CU20"}, {2308, "CU21"}, {2375, "CU22"}, {2507, "CU23"},
	},
	"15.2": {
		{221, "RTM"}, {330, "CU1"}, {397, "CU2"}, {464, "CU3"}, {529, "CU4"}, {595, "CU5"},
		{659, "CU6"}, {721, "CU7"}, {792, "CU8"}, {858, "CU9"}, {922, "CU10"}, {986, "CU11"},
		{1118, "CU12"}, {1258, "CU13"}, {1544, "CU14"}, {1748, "CU15"}, {2562, "RTM"},
	},
}
