package source

import (
	"context"
	"testing"
	"time"

	"exprobe/autodiscover/facts"
	"exprobe/autodiscover/tlsprobe"
	"exprobe/autodiscover/tlsprobe/certfile"
	"exprobe/configs"
)

// stands are two files for one host, one of them named twice.
func stands() *live {
	host := configs.Host{Name: "mail.contoso.com", Port: 443}
	one := certfile.Contents{Chain: []facts.Certificate{{DER: []byte("one")}}}
	two := certfile.Contents{Chain: []facts.Certificate{{DER: []byte("two")}}}
	return &live{served: []stand{{host, "one.cer", one}, {host, "two.cer", two}, {host, "one.cer", one}}}
}

func TestEveryFileOfAHostIsAnAddress(t *testing.T) {
	hosts := stands().visit(context.Background(), []Target{{Target: tlsprobe.Target{Name: "Mail.contoso.com.", Port: 443}}}, time.Time{})
	if len(hosts) != 1 || len(hosts[0].Addresses.Value) != 2 {
		t.Fatalf("got %+v", hosts)
	}
	for i, want := range []string{"one.cer", "two.cer"} {
		if e := hosts[0].Addresses.Value[i]; e.Address != want || !e.Served.Known || e.Served.Value.File != want {
			t.Errorf("address %d is %+v, want %s", i, e, want)
		}
	}
}

func TestAHostThatAFileStandsForIsNotAskedWhatItOffers(t *testing.T) {
	url := func(host string) facts.Observed[facts.PublishedURL] {
		return facts.Known(facts.PublishedURL{Raw: facts.Present("https://" + host + "/rpc"), Host: host, Port: 443, SSL: true})
	}
	s := &facts.Snapshot{Organizations: []facts.Organization{{VirtualDirectories: facts.Known([]facts.VirtualDirectory{{
		Service: facts.ServiceRPC, External: url("MAIL.contoso.com"), Internal: url("owa.contoso.com")}})}}}
	list := stands().offers(s)
	if len(list) != 1 || list[0].URL != "https://owa.contoso.com/rpc/rpcproxy.dll" {
		t.Errorf("asked are %+v", list)
	}
}
