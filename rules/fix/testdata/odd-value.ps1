# exprobe: certificate principal names, as audited at 2026-11-22T09:00:00Z.
# Run it in the Exchange Management Shell: first with -WhatIf, then without; -Undo goes back.
# A value that is not the audited one is left alone, and the script stops.
#
# What it runs:
#   Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"
# What -Undo runs, last change first:
#   Set-OutlookProvider EXPR -CertPrincipalName:(-join [char[]](111,119,97,8217,115,32,252,110,239,99,111,100,101))
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [switch] $Undo
)

$ErrorActionPreference = 'Stop'

# The cmdlets of a remote shell do not see this script's preference, so each is
# told to stop at an error by itself.
function Set-AuditedPrincipalName {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string] $Provider, [string] $From, [string] $To, [scriptblock] $Change)
    $found = @(Get-OutlookProvider -ErrorAction Stop | Where-Object { $_.Name -eq $Provider })
    if ($found.Count -ne 1) { throw "Found $($found.Count) providers named $Provider, not one. Audit again." }
    $present = [string] $found[0].CertPrincipalName
    if ($present -ceq $To) { Write-Output "$Provider already holds '$To'. Nothing to do."; return }
    if ($present -cne $From) { throw "$Provider holds '$present', not the '$From' that was audited. Audit again." }
    if ($PSCmdlet.ShouldProcess("OutlookProvider $Provider", "CertPrincipalName from '$From' to '$To'")) { & $Change }
}

if ($Undo) {
    Set-AuditedPrincipalName -Provider 'EXPR' -From 'msstd:mail.contoso.com' -To (-join [char[]](111,119,97,8217,115,32,252,110,239,99,111,100,101)) -Change {
        Set-OutlookProvider EXPR -CertPrincipalName:(-join [char[]](111,119,97,8217,115,32,252,110,239,99,111,100,101)) -ErrorAction Stop
    }
} else {
    Set-AuditedPrincipalName -Provider 'EXPR' -From (-join [char[]](111,119,97,8217,115,32,252,110,239,99,111,100,101)) -To 'msstd:mail.contoso.com' -Change {
        Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com" -ErrorAction Stop
    }
}

# See what each provider holds now.
Get-OutlookProvider EXPR | Format-List Name,CertPrincipalName

# Clients use the value after: directory replication, then up to 15 minutes for each server's Autodiscover cache unless its app pool is recycled, then up to 1 hour until running clients ask again.
# To hasten it, make each Exchange server read it anew:
#   Invoke-Command -ComputerName EX1 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool }
#   Invoke-Command -ComputerName EX2 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool }
