# exprobe: export what an audit needs to know about an Exchange organization.
#
# Run it in the Exchange Management Shell of any version from 2010 to SE, or in a
# PowerShell window into which a session to Exchange was imported (Import-PSSession).
# It only reads: Get cmdlets, each written to one file of a new folder. The rights of
# View-Only Organization Management should do; Get-ExchangeCertificate may need more.
# No password and no private key is exported. Then, where exprobe is:
#
#   exprobe audit --clixml FOLDER --served HOST=FILE
#
# Running one part alone is fine: what is not there, exprobe names.
[CmdletBinding()]
param(
    # the folder to make
    [string] $Folder = (Join-Path (Get-Location).Path 'exprobe-export')
)

if (Test-Path -LiteralPath $Folder) { throw "$Folder is there already. Name a new folder with -Folder." }
New-Item -ItemType Directory -Path $Folder | Out-Null

# What each cmdlet shows of an object, and no more: a property that a version does not
# have is $null.
$directory = 'Name', 'DistinguishedName', 'ObjectClass', 'AdminDisplayVersion', 'Server', 'MetabasePath',
    'InternalUrl', 'ExternalUrl', 'InternalAuthenticationMethods', 'ExternalAuthenticationMethods'
$shown = @{
    'Get-OrganizationConfig' = 'Name', 'DistinguishedName', 'ObjectClass', 'ObjectVersion', 'MapiHttpEnabled',
        'HybridConfigurationStatus', 'OriginatingServer'
    'Get-ExchangeServer' = 'Name', 'DistinguishedName', 'ObjectClass', 'Fqdn', 'Site', 'ServerRole', 'IsEdgeServer',
        'Edition', 'AdminDisplayVersion'
    'Get-OutlookProvider' = 'Name', 'DistinguishedName', 'ObjectClass', 'CertPrincipalName', 'Server', 'TTL',
        'OutlookProviderFlags', 'RequiredClientVersions'
    'Get-OutlookAnywhere' = 'Name', 'DistinguishedName', 'ObjectClass', 'AdminDisplayVersion', 'Server', 'MetabasePath',
        'ExternalHostname', 'InternalHostname', 'ExternalClientsRequireSsl', 'InternalClientsRequireSsl',
        'ExternalClientAuthenticationMethod', 'InternalClientAuthenticationMethod', 'ClientAuthenticationMethod',
        'IISAuthenticationMethods', 'SSLOffloading'
    'Get-MapiVirtualDirectory' = $directory
    'Get-WebServicesVirtualDirectory' = $directory
    'Get-OabVirtualDirectory' = $directory
    'Get-ActiveSyncVirtualDirectory' = $directory
    'Get-OwaVirtualDirectory' = $directory
    'Get-EcpVirtualDirectory' = $directory
    'Get-PowerShellVirtualDirectory' = $directory
    'Get-AutodiscoverVirtualDirectory' = $directory
    'Get-ClientAccessService' = 'Name', 'DistinguishedName', 'Fqdn', 'AutoDiscoverServiceCN',
        'AutoDiscoverServiceInternalUri', 'AutoDiscoverServiceGuid', 'AutoDiscoverSiteScope'
    'Get-AcceptedDomain' = 'Name', 'DistinguishedName', 'ObjectClass', 'DomainName', 'DomainType', 'Default',
        'OutboundOnly', 'IsCoexistenceDomain', 'InitialDomain', 'MatchSubDomains'
    'Get-SendConnector' = 'Name', 'DistinguishedName', 'ObjectClass', 'Enabled', 'Fqdn', 'TlsCertificateName'
    'Get-ReceiveConnector' = 'Name', 'DistinguishedName', 'ObjectClass', 'Enabled', 'Fqdn', 'TlsCertificateName'
    'Get-HybridConfiguration' = 'Name', 'DistinguishedName', 'ObjectClass', 'TlsCertificateName', 'Features',
        'ServiceInstance', 'Domains', 'OnPremisesSmartHost', 'ClientAccessServers', 'SendingTransportServers',
        'ReceivingTransportServers', 'EdgeTransportServers'
    'Get-ExchangeCertificate' = 'RawData', 'Thumbprint', 'Subject', 'Services'
}

# Write-Note keeps beside an export what went wrong while it was made.
function Write-Note {
    param([string] $Name, [object[]] $Notes)
    if (-not $Notes) { return }
    $Notes | ForEach-Object { "$_" } | Out-File -FilePath (Join-Path $Folder "$Name.notes.txt") -Encoding UTF8 -Append
    Write-Warning "${Name}: $($Notes[0])"
}

# Export-Answer runs one cmdlet and writes what it shows.
function Export-Answer {
    param([string] $Name, [string] $OlderName, [hashtable] $Arguments = @{}, [string[]] $Servers)
    $command = Get-Command -Name $Name -ErrorAction SilentlyContinue | Select-Object -First 1
    if (-not $command -and $OlderName) {
        $command = Get-Command -Name $OlderName -ErrorAction SilentlyContinue | Select-Object -First 1
    }
    if (-not $command) {
        Write-Warning "$Name is not in this shell: the version has none, or the rights do not reach it."
        return
    }
    $known = @{}
    foreach ($key in $Arguments.Keys) {
        if ($command.Parameters.ContainsKey($key)) { $known[$key] = $Arguments[$key] }
    }
    $problems = @()
    $answer = @(
        if ($PSBoundParameters.ContainsKey('Servers')) {
            if (-not $Servers) { $problems += "no Exchange server was listed, so none was asked" }
            foreach ($server in $Servers) { & $command @known -Server $server -ErrorAction Continue -ErrorVariable +problems }
        } else {
            & $command @known -ErrorAction Continue -ErrorVariable +problems
        }
    )
    $answer | Select-Object -Property $shown[$Name] |
        Export-Clixml -Path (Join-Path $Folder "$Name.xml") -Depth 3 -Encoding UTF8
    Write-Note -Name $Name -Notes $problems
    Write-Output ('{0}: {1}' -f $Name, $answer.Count)
}

Export-Answer 'Get-OrganizationConfig'
Export-Answer 'Get-ExchangeServer'
Export-Answer 'Get-OutlookProvider'

# From the directory alone: the metabase of each server would be slow to answer.
Export-Answer 'Get-OutlookAnywhere' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-MapiVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-WebServicesVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-OabVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-ActiveSyncVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-OwaVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-EcpVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-PowerShellVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }
Export-Answer 'Get-AutodiscoverVirtualDirectory' -Arguments @{ ADPropertiesOnly = $true }

Export-Answer 'Get-ClientAccessService' -OlderName 'Get-ClientAccessServer'
Export-Answer 'Get-AcceptedDomain'
Export-Answer 'Get-SendConnector'
Export-Answer 'Get-ReceiveConnector'
Export-Answer 'Get-HybridConfiguration'

# Each server is asked for its own certificates; Edge Transport servers cannot be, from
# here.
$servers = @(Get-ExchangeServer | Where-Object { -not $_.IsEdgeServer } | ForEach-Object { $_.Name })
Export-Answer 'Get-ExchangeCertificate' -Servers $servers

Write-Output "The export is in $Folder. Give the whole folder to exprobe: exprobe audit --clixml FOLDER"
