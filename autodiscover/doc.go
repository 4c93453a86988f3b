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
//   - Every step of Outlook's look-up is taken to its end, all of them side by side,
//     because what an earlier step would do today a later one hides. Requests that
//     do not depend on each other wait for none; each is made once.
//   - Redirects are followed by hand: a POST stays a POST, https stays https, and a
//     way has at most ten of them. Each hop is an answer of its own.
//   - Credentials go out after a 401 alone, over https with a verified certificate,
//     to hosts that the mailbox's own domain or the directory publishes or the
//     operator allows ([Options]); no redirect and no record in DNS earns them for
//     a stranger. A password that was refused is not sent again, nor one that was
//     taken without an answer. What repeats credentials is not kept.
//   - There is one way to sign in, and none down from it. NTLM and Negotiate go over
//     one connection, and are bound to its certificate.
//   - A domain is asked as it stands: no label is ever stripped, and a public suffix
//     is never asked.
//   - Sizes, depths, counts and times are capped.
package autodiscover
