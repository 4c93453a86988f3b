// Package autodiscover asks Exchange's Autodiscover service what it tells Outlook,
// and reads the answer.
//
// The idea: an answer is evidence, not configuration. Whatever a server sends, the
// outcome is a [facts.Answer]: settings, an error or a redirect that was read, or
// the reason why nothing could be. So [LookUp] cannot fail as a whole, and [Parse]
// refuses with the name of what the document was instead.
//
// The laws:
//
//   - One request never shows everything (MS-OXDSCLI 2.2.4.1.1.2.6): each address
//     is asked twice, without and with the MAPI/HTTP capability header.
//   - Elements are found by local name, without regard to case, among direct
//     children: a Protocol inside WEB is no node, order means nothing, and a
//     namespace is looked at only to be noted.
//   - What the parser had to forgive stands in the result. What it cannot forgive
//     (a document type declaration, broken XML) it does not salvage.
//   - Content decides, not the HTTP status and not the content type.
//   - Credentials go out only where the server asked for them over https with a
//     verified certificate, and only if the caller wanted that. There is one way to
//     sign in and no way down from it. NTLM and Negotiate are bound to the connection
//     and its certificate. A password that was refused, or taken without an answer, is
//     not tried on others. What repeats credentials is not kept.
//   - Redirects are reported and not followed. A domain is asked as it stands: no label
//     is ever stripped, and a public suffix is never asked.
//   - Sizes, depths, counts and times are capped.
package autodiscover
