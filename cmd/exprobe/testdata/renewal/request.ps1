# exprobe: the renewal of a certificate, as judged at 2026-11-22T09:00:00Z.
# Run it in the Exchange Management Shell, phase by phase: -Phase Before, then Switch, then After; each first
# with -WhatIf. With -Undo a phase is taken back; take the last one back first.
# Steps that say "by hand" are only printed.
#
# The plan:
#   1. (before) Record what there is
#   2. (before) Import the certificate with its key
#   3. (at) Switch the web site of each server to the new certificate
#      wait: seconds; a balancer that keeps connections open may show the old certificate a little longer; until the last server is switched, clients meet either certificate
#   4. (at) Set the principal name of EXPR
#      wait: directory replication, then up to 15 minutes for each server's Autodiscover cache unless its app pool is recycled, then up to 1 hour until running clients ask again
#   5. (at) Set the principal name of EXCH
#      wait: directory replication, then up to 15 minutes for each server's Autodiscover cache unless its app pool is recycled, then up to 1 hour until running clients ask again
#   6. (at) Make each server read the values anew
#   7. (after) Verify
#   8. (after) Keep the old certificate until the way back is not needed any more
#      wait: some days, and not longer than it is valid
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)] [ValidateSet('Before', 'Switch', 'After')] [string] $Phase,
    [switch] $Undo,
    # of the issued certificate
    [Parameter(Mandatory = $true)] [ValidatePattern('^[0-9A-Fa-f]{40}$')] [string] $Thumbprint
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

function Invoke-Step {
    [CmdletBinding(SupportsShouldProcess = $true)]
    param([string] $Title, [scriptblock] $Change)
    if ($PSCmdlet.ShouldProcess($Title)) { & $Change }
}

function Test-Imported {
    param([string] $Server)
    $target = @{ ErrorAction = 'Stop' }
    if ($Server) { $target.Server = $Server }
    [bool] (Get-ExchangeCertificate @target | Where-Object { $_.Thumbprint -eq $new })
}

$new = $Thumbprint.ToUpper()

if ($Phase -eq 'Before' -and -not $Undo) {
    Write-Output '1. Record what there is'
    Write-Output '   exprobe collect -o before.json'
    Write-Output '   Give it the flags of this command that say what to collect. In the Exchange Management Shell keep the output of Get-OutlookProvider | Format-List and Get-ExchangeCertificate -Server SERVER | Format-List too.'
    Invoke-Step -Title '2. Import the certificate with its key' -Change {
        $file = [System.IO.File]::ReadAllBytes((Read-Host 'The PFX file, with its whole path'))
        $password = Read-Host 'Its password' -AsSecureString
        if (-not (Test-Imported 'EX1')) { Import-ExchangeCertificate -Server EX1 -FileData $file -Password $password -ErrorAction Stop }
        if (-not (Test-Imported 'EX2')) { Import-ExchangeCertificate -Server EX2 -FileData $file -Password $password -ErrorAction Stop }
    }
    Write-Output '   The file that was judged holds no key. Where the request was made on an Exchange server, complete it there (Import-ExchangeCertificate with the issued file and no password), export it with its key (Export-ExchangeCertificate -BinaryEncoded), and import that on the others.'
}
if ($Phase -eq 'Before' -and $Undo) {
    Invoke-Step -Title '2. Remove the new certificate' -Change {
        Remove-ExchangeCertificate -Server EX1 -Thumbprint $new -ErrorAction Stop
        Remove-ExchangeCertificate -Server EX2 -Thumbprint $new -ErrorAction Stop
    }
}

if ($Phase -eq 'Switch' -and -not $Undo) {
    Invoke-Step -Title '3. Switch the web site of each server to the new certificate' -Change {
        Enable-ExchangeCertificate -Server EX1 -Thumbprint $new -Services IIS -ErrorAction Stop
        Enable-ExchangeCertificate -Server EX2 -Thumbprint $new -Services IIS -ErrorAction Stop
    }
    Write-Output '   seconds; a balancer that keeps connections open may show the old certificate a little longer; until the last server is switched, clients meet either certificate'
    Set-AuditedPrincipalName -Provider 'EXPR' -From 'msstd:mail.contoso.com' -To 'msstd:*.contoso.com' -Change {
        Set-OutlookProvider EXPR -CertPrincipalName:"msstd:*.contoso.com" -ErrorAction Stop
    }
    Write-Output '   directory replication, then up to 15 minutes for each server''s Autodiscover cache unless its app pool is recycled, then up to 1 hour until running clients ask again'
    Set-AuditedPrincipalName -Provider 'EXCH' -From '' -To 'msstd:*.contoso.com' -Change {
        Set-OutlookProvider EXCH -CertPrincipalName:"msstd:*.contoso.com" -ErrorAction Stop
    }
    Write-Output '   directory replication, then up to 15 minutes for each server''s Autodiscover cache unless its app pool is recycled, then up to 1 hour until running clients ask again'
    Invoke-Step -Title '6. Make each server read the values anew' -Change {
        Invoke-Command -ComputerName EX1 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool } -ErrorAction Stop
        Invoke-Command -ComputerName EX2 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool } -ErrorAction Stop
    }
    Write-Output '   Users do not notice a recycled Autodiscover app pool. Where a server is not reached by Invoke-Command, run Restart-WebAppPool MSExchangeAutodiscoverAppPool on it. If a server behind a layer-4 balancer goes on showing the old certificate, restart IIS there (iisreset).'
}
if ($Phase -eq 'Switch' -and $Undo) {
    Set-AuditedPrincipalName -Provider 'EXCH' -From 'msstd:*.contoso.com' -To '' -Change {
        Set-OutlookProvider EXCH -CertPrincipalName:$null -ErrorAction Stop
    }
    Set-AuditedPrincipalName -Provider 'EXPR' -From 'msstd:*.contoso.com' -To 'msstd:mail.contoso.com' -Change {
        Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com" -ErrorAction Stop
    }
    Invoke-Step -Title '3. Switch the web sites back to the old certificate' -Change {
        Enable-ExchangeCertificate -Server EX1 -Thumbprint 217C358FF647ECADE6CA6811587D5C12CB3FF0D3 -Services IIS -ErrorAction Stop
        Enable-ExchangeCertificate -Server EX2 -Thumbprint 217C358FF647ECADE6CA6811587D5C12CB3FF0D3 -Services IIS -ErrorAction Stop
    }
    Invoke-Step -Title '6. Make each server read the values anew, once more' -Change {
        Invoke-Command -ComputerName EX1 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool } -ErrorAction Stop
        Invoke-Command -ComputerName EX2 -ScriptBlock { Restart-WebAppPool MSExchangeAutodiscoverAppPool } -ErrorAction Stop
    }
}

if ($Phase -eq 'After' -and -not $Undo) {
    Write-Output '7. Verify'
    Write-Output '   exprobe audit --expect FILE'
    Write-Output '   FILE is the issued certificate. Give it the flags of this command that say what to collect, and --wait 20m to wait until all agree.'
    Write-Output '8. Keep the old certificate until the way back is not needed any more'
    Write-Output '   some days, and not longer than it is valid'
}
if ($Phase -eq 'After' -and $Undo) {
}
