package clixml

import (
	"path"
	"strings"

	"exprobe/autodiscover/facts"
)

// cmdlet is one of those whose output is read.
type cmdlet struct {
	name  string
	also  string // what older versions call it
	class string // the objects' class in the directory, which they show as the last of ObjectClass (confirmed)

	service string // of a virtual directory, the facts' word for it
}

const (
	getProviders    = "Get-OutlookProvider"
	getAnywhere     = "Get-OutlookAnywhere"
	getPoints       = "Get-ClientAccessService"
	getCertificates = "Get-ExchangeCertificate"
	getServers      = "Get-ExchangeServer"
	getSend         = "Get-SendConnector"
	getReceive      = "Get-ReceiveConnector"
	getHybrid       = "Get-HybridConfiguration"
	getOrganization = "Get-OrganizationConfig"
	getAccepted     = "Get-AcceptedDomain"
	getPointsUpTo15 = "Get-ClientAccessServer" // the name up to Exchange 2013; documented
)

// cmdlets are those whose output is read, in the order of the script that exports them.
var cmdlets = [...]cmdlet{
	{name: getOrganization, class: "msExchOrganizationContainer"},
	{name: getServers, class: "msExchExchangeServer"},
	{name: getProviders, class: "msExchAutoDiscoverConfig"},
	{name: getAnywhere, class: "msExchRpcHttpVirtualDirectory", service: facts.ServiceRPC},
	{name: "Get-MapiVirtualDirectory", class: "msExchMapiVirtualDirectory", service: facts.ServiceMAPI},
	{name: "Get-WebServicesVirtualDirectory", class: "msExchWebServicesVirtualDirectory", service: facts.ServiceEWS},
	{name: "Get-OabVirtualDirectory", class: "msExchOABVirtualDirectory", service: facts.ServiceOAB},
	{name: "Get-ActiveSyncVirtualDirectory", class: "msExchMobileVirtualDirectory", service: facts.ServiceActiveSync},
	{name: "Get-OwaVirtualDirectory", class: "msExchOWAVirtualDirectory", service: facts.ServiceOWA},
	{name: "Get-EcpVirtualDirectory", class: "msExchECPVirtualDirectory", service: facts.ServiceECP},
	{name: "Get-PowerShellVirtualDirectory", class: "msExchPowerShellVirtualDirectory", service: facts.ServicePowerShell},
	{name: "Get-AutodiscoverVirtualDirectory", class: "msExchAutoDiscoverVirtualDirectory", service: facts.ServiceAutodiscover},
	{name: getPoints, also: getPointsUpTo15}, // its objects show the class of a server
	{name: getAccepted, class: "msExchAcceptedDomain"},
	{name: getSend, class: "msExchRoutingSMTPConnector"},
	{name: getReceive, class: "msExchSmtpReceiveConnector"},
	{name: getHybrid, class: "msExchCoexistenceRelationship"},
	{name: getCertificates}, // its objects have no class
}

// byFile is the cmdlet that a file is named after, such as "Get-OutlookProvider.xml",
// "EX1-GetOwaVirtualDirectory.clixml" or "outlookprovider.xml".
func byFile(name string) (cmdlet, bool) {
	base := strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(name, path.Ext(name)), "-", ""))
	for _, c := range cmdlets {
		for _, known := range []string{c.name, c.also} {
			if _, noun, _ := strings.Cut(strings.ToLower(known), "-"); noun != "" && strings.Contains(base, noun) {
				return c, true
			}
		}
	}
	return cmdlet{}, false
}

// byClass is the cmdlet that shows objects of a class.
func byClass(class string) (cmdlet, bool) {
	for _, c := range cmdlets {
		if c.class != "" && strings.EqualFold(c.class, class) {
			return c, true
		}
	}
	return cmdlet{}, false
}
