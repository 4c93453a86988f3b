package autodiscover_test

import (
	"fmt"

	"exprobe/autodiscover"
)

func ExampleParse() {
	response, err := autodiscover.Parse([]byte(`<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a">
    <Account>
      <Action>settings</Action>
      <Protocol>
        <Type>EXPR</Type>
        <Server>mail.contoso.com</Server>
        <CertPrincipalName>msstd:owa.contoso.com</CertPrincipalName>
      </Protocol>
    </Account>
  </Response>
</Autodiscover>`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, node := range response.Nodes {
		fmt.Println(node.Type, node.Server.Value, node.CertPrincipalName.Value)
	}
	// Output: EXPR mail.contoso.com msstd:owa.contoso.com
}
