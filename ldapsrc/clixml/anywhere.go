package clixml

import (
	"exprobe/autodiscover/facts"
	"exprobe/ldapsrc/stored"
)

// anywhere maps what Get-OutlookAnywhere shows of its own. The names of the properties
// are those of the parameters of Set-OutlookAnywhere (documented). Those that Exchange
// 2010 does not know, or shows as $null, are told by what it has in their place:
// ClientAuthenticationMethod.
func (o object) anywhere(v *facts.VirtualDirectory) {
	before2013 := o.before2013()
	v.External = o.hostURL("ExternalHostname", "ExternalClientsRequireSsl", before2013)
	v.IISAuthentication = decode(o.list("IISAuthenticationMethods"), splitNames)
	if before2013 {
		// Outlook Anywhere had no internal host name before Exchange 2013.
		v.Internal = facts.Known(facts.PublishedURL{})
		v.ExternalAuthentication = o.word("ClientAuthenticationMethod")
		return
	}
	v.Internal = o.hostURL("InternalHostname", "InternalClientsRequireSsl", false)
	v.ExternalAuthentication = o.word("ExternalClientAuthenticationMethod")
	v.InternalAuthentication = o.word("InternalClientAuthenticationMethod")
}

// before2013 says whether the object is one of Exchange 2007 or 2010. In a shell of
// Exchange 2013 and later such an object shows the newer properties too (believed), and
// those count.
func (o object) before2013() bool {
	for _, newer := range []string{"ExternalClientsRequireSsl", "InternalClientsRequireSsl", "ExternalClientAuthenticationMethod", "InternalHostname"} {
		if o.said(newer) {
			return false
		}
	}
	return o.said("ClientAuthenticationMethod")
}

// hostURL makes the URL that the directory stores: http or https, the host and /rpc
// (observed in Exchange 2013 CU23; later versions are believed the same). Without a host
// there is none. Before Exchange 2013 there was no switch, and SSL was always asked for
// (believed).
func (o object) hostURL(host, secure string, always bool) facts.Observed[facts.PublishedURL] {
	name := o.text(host)
	if !name.Known {
		return facts.Unknown[facts.PublishedURL](name.Why)
	}
	if !name.Value.Present {
		return facts.Known(facts.PublishedURL{})
	}
	ssl := facts.Known(true)
	if !always {
		ssl = o.truth(secure)
	}
	if !ssl.Known {
		return facts.Unknown[facts.PublishedURL](ssl.Why)
	}
	scheme := "http://"
	if ssl.Value {
		scheme = "https://"
	}
	return facts.Known(stored.Published(scheme + name.Value.Value + "/rpc"))
}

// word is a property that is one word, as an enumeration's name.
func (o object) word(property string) facts.Observed[string] {
	return decode(o.text(property), func(t facts.Text) string { return t.Value })
}
