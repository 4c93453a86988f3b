# written by exprobe 1.0.0, as of 2026-11-22T09:00:00Z
# nothing to run
# no change is needed beside what is waived
# certificate-expires-soon, mail.contoso.com at 192.0.2.10:443: waived by Exchange team until certificate 00112233445566778899AABBCCDDEEFF00112233: renewed with the new balancer
# certificate-expires-soon, mail.contoso.com at 192.0.2.11:443: waived by Exchange team until certificate 00112233445566778899AABBCCDDEEFF00112233: renewed with the new balancer
# certificate-expired, old.contoso.com: waived by J. Doe\u{202e} until 2027-01-31: switched off,\u{a}until it is scrapped (it could not be seen)
