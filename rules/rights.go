package rules

// Rights says which rights an account needs at the least, what each is for, and how
// to grant and to try them. The rights are those that Microsoft's "Exchange 2013
// deployment permissions reference" leaves to Authenticated Users, and those that
// its silence leaves to each class.
func Rights() string {
	return `What an account needs, at the least

exprobe only reads. An ordinary domain account has what the first two lines need
wherever nobody has taken it away; whether it has the others depends on each class
of object and on how hardened the directory is. <ORG> stands for
CN=<organization>,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=...

  object                                                right                            without it
  <ORG>                                                 read property                    MAPI over HTTP is unknown: so may be
                                                                                         autodiscover-node-missing
  servers below CN=Administrative Groups,<ORG>          read property, inherited         published hosts are unknown: every
                                                                                         principal-name rule is blind, and so are
                                                                                         autodiscover-ssl-off,
                                                                                         autodiscover-basic-without-tls and
                                                                                         autodiscover-answers-differ
  connection points below the servers                   read property, inherited         scp-empty, scp-http, scp-site-unknown and
                                                                                         scp-host-not-in-certificate are blind
  CN=Outlook,CN=AutoDiscover,CN=Client Access,<ORG>     list contents, read property,    stored values are unknown: provider-missing,
    and the providers below it                          inherited                        provider-unreadable, provider-answer-differs
                                                                                         and principal-name-malformed are blind
  CN=Accepted Domains,CN=Transport Settings,<ORG>       list contents, read property     where Autodiscover leads to another domain,
                                                                                         autodiscover-redirect-foreign is blind
  CN=Hybrid Configuration,<ORG>                         read property, inherited         the hybrid rules are blind
  send connectors, in CN=Routing Groups below           read property, inherited         the connector rules are blind
    CN=Administrative Groups,<ORG>
  the other containers below <ORG>: Transport Settings, read property, inherited         listed in the report's notes; no rule
    Auth Configuration, Federation, Federation Trusts,                                   is blind because of it
    Intra Organization Connectors, Availability
    Configuration
  CN=Sites,CN=Configuration,DC=...                      list contents, read property     scp-site-unknown is blind

A directory never says that reading was denied: what an account may not read is
simply missing. So exprobe asks for dates that every object has, and calls unknown
what comes without them.

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
