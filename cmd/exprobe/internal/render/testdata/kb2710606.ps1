# exprobe: certificate principal names, as audited at 2026-11-22T09:00:00Z.
# What it runs:
#   Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"
Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"
