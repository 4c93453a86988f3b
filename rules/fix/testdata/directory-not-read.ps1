# exprobe: certificate principal names, as audited at 2026-11-22T09:00:00Z.
# Run it in the Exchange Management Shell: first with -WhatIf, then without; -Undo goes back.
# The directory was not read. Say with -Present... what a provider holds before the change, '' for no value,
# and the same again with -Undo. A provider that holds something else is left alone, and the script stops.
# Not proven, EXPR: hosts that were not seen published, because no directory was read
# Not proven, EXCH: hosts that were not seen published, because no directory was read
#
# What it runs:
#   Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"
#   Set-OutlookProvider EXCH -CertPrincipalName:"msstd:mail.contoso.com"
# What -Undo runs, last change first:
#   if ($PresentEXCH) { Set-OutlookProvider EXCH -CertPrincipalName:$PresentEXCH -ErrorAction Stop } else { Set-OutlookProvider EXCH -CertPrincipalName:$null -ErrorAction Stop }
#   if ($PresentEXPR) { Set-OutlookProvider EXPR -CertPrincipalName:$PresentEXPR -ErrorAction Stop } else { Set-OutlookProvider EXPR -CertPrincipalName:$null -ErrorAction Stop }
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [switch] $Undo,
    # what EXPR holds before the change
    [string] $PresentEXPR = $(throw 'Give -PresentEXPR with what EXPR holds before the change, an empty text for no value: see Get-OutlookProvider EXPR | Format-List Name,CertPrincipalName'),
    # what EXCH holds before the change
    [string] $PresentEXCH = $(throw 'Give -PresentEXCH with what EXCH holds before the change, an empty text for no value: see Get-OutlookProvider EXCH | Format-List Name,CertPrincipalName')
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
    Set-AuditedPrincipalName -Provider 'EXCH' -From 'msstd:mail.contoso.com' -To $PresentEXCH -Change {
        if ($PresentEXCH) { Set-OutlookProvider EXCH -CertPrincipalName:$PresentEXCH -ErrorAction Stop } else { Set-OutlookProvider EXCH -CertPrincipalName:$null -ErrorAction Stop }
    }
    Set-AuditedPrincipalName -Provider 'EXPR' -From 'msstd:mail.contoso.com' -To $PresentEXPR -Change {
        if ($PresentEXPR) { Set-OutlookProvider EXPR -CertPrincipalName:$PresentEXPR -ErrorAction Stop } else { Set-OutlookProvider EXPR -CertPrincipalName:$null -ErrorAction Stop }
    }
} else {
    Set-AuditedPrincipalName -Provider 'EXPR' -From $PresentEXPR -To 'msstd:mail.contoso.com' -Change {
        Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com" -ErrorAction Stop
    }
    Set-AuditedPrincipalName -Provider 'EXCH' -From $PresentEXCH -To 'msstd:mail.contoso.com' -Change {
        Set-OutlookProvider EXCH -CertPrincipalName:"msstd:mail.contoso.com" -ErrorAction Stop
    }
}

# See what each provider holds now.
Get-OutlookProvider EXPR | Format-List Name,CertPrincipalName
Get-OutlookProvider EXCH | Format-List Name,CertPrincipalName

# Clients use the value after: directory replication, then up to 15 minutes for each server's Autodiscover cache unless its app pool is recycled, then up to 1 hour until running clients ask again.
# To hasten it, make each Exchange server read it anew:
#   Restart-WebAppPool MSExchangeAutodiscoverAppPool
