package source

import (
	"strings"
	"testing"
	"time"

	"exprobe/configs"
)

// A flag that is read and does nothing would be a lie.
func TestWhatNoCollectorDoesIsRefused(t *testing.T) {
	for flag, value := range map[string]string{
		"served": "mail.contoso.com=mail.pem", "served-password-file": "password", "probe": "hello",
	} {
		cfg, err := configs.Load("", nil, map[string]any{"host": "mail.contoso.com", flag: value})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(cfg, Environment{Now: time.Now}); err == nil || !strings.HasPrefix(err.Error(), "--"+flag) {
			t.Errorf("--%s %s: %v", flag, value, err)
		}
	}
}
