package autodiscover

// soapSample is a GetUserSettings answer for one user; rest stands inside the
// UserResponse.
func soapSample(code, target, rest string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>` +
		`<GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Response>` +
		`<ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses><UserResponse><ErrorCode>` + code + `</ErrorCode><ErrorMessage>a message</ErrorMessage>` +
		`<RedirectTarget>` + target + `</RedirectTarget>` + rest + `</UserResponse></UserResponses></Response></GetUserSettingsResponseMessage></s:Body></s:Envelope>`
}
