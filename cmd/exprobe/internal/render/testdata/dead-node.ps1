# exprobe: certificate principal names, as audited at 2026-11-22T09:00:00Z.
Set-OutlookProvider EXPR -CertPrincipalName:"msstd:mail.contoso.com"
