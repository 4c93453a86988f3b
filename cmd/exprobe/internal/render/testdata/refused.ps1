# written by exprobe 1.0.0, as of 2026-11-22T09:00:00Z
# nothing to run
# no command for EXPR: one value serves the whole organization, and the certificates disagree: mail.contoso.com at 192.0.2.10:443 says hybrid.contoso.com; mail.emea.contoso.com at 192.0.2.20:443 says mail.emea.contoso.com
#   next: serve one certificate at every site, or give each host a certificate with its own name and let the value be $null
# the value of WEB is kept: Outlook on the web does not check it
# certificate-expired, legacy.contoso.com at 192.0.2.30:443: waived by Exchange team until 2026-12-31: replaced with the migration
