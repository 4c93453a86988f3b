package rules

// Rights says which rights an account needs at the least, what each is for, and how
// to grant and to try them. The rights are those that Microsoft's "Exchange 2013
// deployment permissions reference" leaves to Authenticated Users, and those that
// its silence leaves to each class.
func Rights() string {
	return `What an account needs, at the least

exprobe only reads. An ordinary domain account has what the first three rows need
wherever nobody has taken it away; whether it has the others depends on each class
of object and on how hardened the directory is. <ORG> stands for
CN=<organization>,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=...

  object                                                right                            without it
  <ORG>, and CN=Microsoft Exchange above it             list contents of that above,     the organization is not found: every rule
                                                        read property                    that looks into the directory is blind
  CN=Administrative Groups,<ORG>, the groups in it,     list contents, read property,    published hosts are unknown: every
    CN=Servers, the servers in that and the containers  inherited                        principal-name rule is blind, and so are
    CN=Protocols and CN=HTTP below each                                                  autodiscover-ssl-off,
                                                                                         autodiscover-basic-without-tls and
                                                                                         autodiscover-answers-differ
  the servers themselves, where all below can be read   read property                    a server is not looked at under its own name:
                                                                                         the report notes it, and no rule is blind
  CN=Autodiscover,CN=Protocols below the servers        list contents, read property,    scp-empty, scp-http, scp-site-unknown and
    and the connection points in it                     inherited                        scp-host-not-in-certificate are blind
  CN=Outlook,CN=AutoDiscover,CN=Client Access,<ORG>     list contents, read property,    stored values are unknown: provider-missing,
    and the providers below it                          inherited                        provider-unreadable, provider-answer-differs
                                                                                         and principal-name-malformed are blind
  CN=Accepted Domains,CN=Transport Settings,<ORG>       list contents, read property     where Autodiscover leads to another domain,
                                                                                         autodiscover-redirect-foreign is blind
  CN=Hybrid Configuration,<ORG>                         list contents, read property     the hybrid rules are blind
  send connectors, in CN=Routing Groups below           list contents, read property,    the connector rules are blind
    CN=Administrative Groups,<ORG>, and receive         inherited
    connectors below the servers
  the other containers below <ORG>: Transport Settings, list contents, read property,    listed in the report's notes; no rule
    Auth Configuration, Federation, Federation Trusts,  inherited                        is blind because of it
    Intra Organization Connectors, Availability
    Configuration
  CN=Sites,CN=Configuration,DC=...                      list contents, read property     scp-site-unknown is blind

A directory never says that reading was denied: what an account may not read is
simply missing. So exprobe asks for dates that every object has, and calls unknown
what comes without them. A container whose contents may not be listed looks like
one that is empty. So what every organization and every server of its roles has is
never believed to be absent: virtual directories, connection points, receive
connectors, POP3 settings, accepted domains, and servers themselves. What an
organization may do without is believed to be absent where its container can be
read: send connectors, client access arrays, remote domains, hybrid
configurations, federation trusts, relationships, address spaces and IMAP4 settings.
An account that may read such a container and may not list it would find it empty,
and nothing tells that apart. Whoever takes rights away should take both.

To see what the account sees:
  exprobe audit --ldap-url ldaps://dc1.contoso.com --bind-user auditor@contoso.com

To let it see the providers, a directory administrator may run:
  dsacls "CN=Outlook,CN=AutoDiscover,CN=Client Access,<ORG>" /I:T /G "CONTOSO\auditor:GR"
GR is generic read, and /I:T hands it to the objects below. To take it back:
  dsacls "CN=Outlook,CN=AutoDiscover,CN=Client Access,<ORG>" /I:T /R "CONTOSO\auditor"

Membership of the role group View-Only Organization Management gives more than
this, and nothing here needs it.

Sources
  - Microsoft, Exchange 2013 deployment permissions reference
  - MS-ADTS 3.1.1.4, on what a search returns to an account
`
}
