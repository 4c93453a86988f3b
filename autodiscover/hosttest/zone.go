package hosttest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// zoneTTL is the time to live of every record, in seconds.
const zoneTTL = 60

// records are a zone, by the names in lower case with their final dot. A name whose
// questions fail has an entry that is nil.
type records map[string][]dnsmessage.Resource

func parseZone(zone string) (records, error) {
	all := records{}
	number := 0
	for line := range strings.Lines(zone) {
		number++
		line, _, _ = strings.Cut(line, ";")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		if err := all.add(fields); err != nil {
			return nil, fmt.Errorf("line %d of the zone: %w", number, err)
		}
	}
	return all, nil
}

func (all records) add(fields []string) error {
	if len(fields) < 2 {
		return fmt.Errorf("%q is not NAME TYPE DATA", strings.Join(fields, " "))
	}
	name, err := whole(fields[0])
	if err != nil {
		return err
	}
	key := strings.ToLower(name.String())
	if known, ok := all[key]; ok && known == nil {
		return fmt.Errorf("%s has records and fails", fields[0])
	}
	body, err := recordBody(fields[1], fields[2:])
	if err != nil {
		return fmt.Errorf("%s of %s: %w", fields[1], fields[0], err)
	}
	if body == nil {
		if len(all[key]) > 0 {
			return fmt.Errorf("%s has records and fails", fields[0])
		}
		all[key] = nil
		return nil
	}
	header := dnsmessage.ResourceHeader{Name: name, Type: recordType(body), Class: dnsmessage.ClassINET, TTL: zoneTTL}
	all[key] = append(all[key], dnsmessage.Resource{Header: header, Body: body})
	return nil
}

// recordBody reads the data of a record; it is nil for SERVFAIL.
func recordBody(kind string, data []string) (dnsmessage.ResourceBody, error) {
	wants := map[string]int{"A": 1, "AAAA": 1, "CNAME": 1, "SRV": 4, "SERVFAIL": 0}
	want, ok := wants[kind]
	if !ok {
		return nil, fmt.Errorf("the type is not A, AAAA, CNAME, SRV or SERVFAIL")
	}
	if len(data) != want {
		return nil, fmt.Errorf("%d fields of data, where %d are expected", len(data), want)
	}
	switch kind {
	case "A", "AAAA":
		ip, err := netip.ParseAddr(data[0])
		if err != nil || ip.Is4() != (kind == "A") || ip.Zone() != "" {
			return nil, fmt.Errorf("%q is not its kind of address", data[0])
		}
		if ip.Is4() {
			return &dnsmessage.AResource{A: ip.As4()}, nil
		}
		return &dnsmessage.AAAAResource{AAAA: ip.As16()}, nil
	case "CNAME":
		target, err := whole(data[0])
		return &dnsmessage.CNAMEResource{CNAME: target}, err
	case "SRV":
		var numbers [3]uint16
		for i := range numbers {
			n, err := strconv.ParseUint(data[i], 10, 16)
			if err != nil {
				return nil, fmt.Errorf("%q is not a number up to 65535", data[i])
			}
			numbers[i] = uint16(n)
		}
		target, err := whole(data[3])
		return &dnsmessage.SRVResource{Priority: numbers[0], Weight: numbers[1], Port: numbers[2], Target: target}, err
	}
	return nil, nil
}

func recordType(body dnsmessage.ResourceBody) dnsmessage.Type {
	switch body.(type) {
	case *dnsmessage.AAAAResource:
		return dnsmessage.TypeAAAA
	case *dnsmessage.CNAMEResource:
		return dnsmessage.TypeCNAME
	case *dnsmessage.SRVResource:
		return dnsmessage.TypeSRV
	}
	return dnsmessage.TypeA
}

// whole is a name with its final dot.
func whole(text string) (dnsmessage.Name, error) {
	name, err := dnsmessage.NewName(strings.TrimSuffix(text, ".") + ".")
	if err != nil {
		return name, fmt.Errorf("%q is not a name: %w", text, err)
	}
	return name, nil
}

// find follows aliases as a resolver does that knows the zone and nothing else. A
// name above others exists without records of its own (RFC 8020).
func (all records) find(q dnsmessage.Question) ([]dnsmessage.Resource, dnsmessage.RCode) {
	var found []dnsmessage.Resource
	name := strings.ToLower(q.Name.String())
	for range maxAliases {
		list, known := all[name]
		if !known && !all.above(name) {
			return found, dnsmessage.RCodeNameError
		}
		if known && list == nil {
			return nil, dnsmessage.RCodeServerFailure
		}
		alias := ""
		for _, r := range list {
			if cname, ok := r.Body.(*dnsmessage.CNAMEResource); ok && q.Type != dnsmessage.TypeCNAME {
				alias = strings.ToLower(cname.CNAME.String())
			}
			if r.Header.Type == q.Type || r.Header.Type == dnsmessage.TypeCNAME {
				found = append(found, r)
			}
		}
		if alias == "" {
			return found, dnsmessage.RCodeSuccess
		}
		name = alias
	}
	return nil, dnsmessage.RCodeServerFailure
}

// above says that the zone holds a name below this one.
func (all records) above(name string) bool {
	for other := range all {
		if strings.HasSuffix(other, "."+name) {
			return true
		}
	}
	return false
}
