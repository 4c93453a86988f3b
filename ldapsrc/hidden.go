package ldapsrc

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// maxContainers is the most containers that are looked into for what is hidden: one
// to a server.
const maxContainers = 5000

// hiddenIn lists the objects of containers that show themselves by name alone: the
// account may list the container and read nothing of them. A search by class does not
// find them, because it compares an attribute that the account may not read, and a
// list without them would pass for whole. why says why there may be more of them.
func (f *forest) hiddenIn(ctx context.Context, containers []string) (hidden []entry, why string) {
	slices.SortFunc(containers, compareFold)
	containers = slices.CompactFunc(containers, strings.EqualFold)
	if len(containers) > maxContainers {
		return nil, fmt.Sprintf("%d containers were not looked into: more than %d", len(containers), maxContainers)
	}
	for _, base := range containers {
		got, err := f.search(ctx, query{base: base, scope: ldap.ScopeSingleLevel, filter: "(objectClass=*)", attributes: asking()})
		if err != nil && !isResult(err, ldap.LDAPResultNoSuchObject) {
			return hidden, fmt.Sprintf("searching %s: %s", printable(base), reason(err))
		}
		for _, e := range got.entries {
			if _, said := e.values("objectClass"); !said && !e.readable() {
				hidden = append(hidden, e)
			}
		}
	}
	return hidden, ""
}

// httpContainers lists the containers in which servers have their virtual
// directories: those of the directories that were seen, and that of every server.
func httpContainers(directories, servers []entry) []string {
	var containers []string
	for _, e := range directories {
		if _, parent, ok := strings.Cut(e.DN, ",CN=HTTP,"); ok {
			containers = append(containers, "CN=HTTP,"+parent)
		}
	}
	for _, e := range servers {
		if rdns := rdnsOf(e.DN); len(rdns) > 1 && strings.EqualFold(rdns[1].Value, "Servers") {
			containers = append(containers, "CN=HTTP,CN=Protocols,"+e.DN)
		}
	}
	return containers
}
