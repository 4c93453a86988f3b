package ldapsrc

import (
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/crypto"
	"github.com/jcmturner/gokrb5/v8/iana/patype"
	"github.com/jcmturner/gokrb5/v8/types"
)

const (
	// maxIterations is the most work that a KDC may ask for to make a key of a
	// password. Active Directory asks for 4,096 (RFC 3962 4).
	maxIterations = 1 << 20

	// minIterations is the least. A server that nobody has proved yet could ask for
	// one, and guess the password from what it gets. It is also what is asked for by
	// a KDC that names no number (RFC 3962 4).
	minIterations = 4096

	// maxSalt is the longest salt that a KDC may name: a realm and an account's name,
	// each as long as Active Directory lets it be (RFC 1035 2.3.4; MS-ADA3 attribute
	// userPrincipalName).
	//
	// The salt is the KDC's to say, before it has proved itself, and one that is not
	// made of the realm and the name is no sign of a rogue: Active Directory keeps it
	// beside the keys, so that an account which was renamed has its old one until its
	// password is changed (MS-SAMR 2.2.10.6). A rogue that chooses it can make one table
	// of guesses for all accounts, where each would need its own. It makes none
	// cheaper (minIterations), and the true salts are told to everybody who asks.
	maxSalt = maxHostName + 1024
)

var errWeakKey = &failure{
	what: fmt.Sprintf("the key distribution center asks for a weak proof of the password: fewer than %d iterations", minIterations),
	hint: "something may stand between that wants to guess the password: name another domain controller, or use a keytab",
}

// key is the account's key of the first kind that the KDC takes, understood here
// are AES alone, and that there is one of (RFC 4120 5.2.7.5).
func (c *credential) key(offered types.PADataSequence) (types.EncryptionKey, error) {
	var kinds []int32
	var first *types.ETypeInfo2Entry
	for _, pa := range offered {
		if pa.PADataType != patype.PA_ETYPE_INFO2 {
			continue
		}
		infos, err := pa.GetETypeInfo2()
		if err != nil {
			return types.EncryptionKey{}, errKDCReply
		}
		for _, info := range infos {
			if len(info.Salt) > maxSalt {
				return types.EncryptionKey{}, errKDCReply
			}
			if aes(types.EncryptionKey{KeyType: info.EType}) {
				kinds = append(kinds, info.EType)
				if first == nil {
					first = &info
				}
			}
		}
	}
	if first == nil {
		return types.EncryptionKey{}, errNotAES
	}
	if c.keytab != nil {
		key, ok := c.keytabKey(kinds)
		if !ok {
			return types.EncryptionKey{}, &failure{
				what:  "the keytab holds no key of the kind that the domain controller asks for",
				hint:  "export it anew, with AES-256 and AES-128 keys",
				cause: errCredentials,
			}
		}
		return key, nil
	}
	return passwordKey(c.password, cmp.Or(first.Salt, c.name.GetSalt(c.realm)), *first)
}

// passwordKey makes a key of a password, with the work that the KDC asks for.
func passwordKey(password, salt string, info types.ETypeInfo2Entry) (types.EncryptionKey, error) {
	kind, err := crypto.GetEtype(info.EType)
	if err != nil {
		return types.EncryptionKey{}, err
	}
	params := kind.GetDefaultStringToKeyParams()
	if len(info.S2KParams) > 0 {
		// Zero stands for 2^32 (RFC 3962 4).
		if len(info.S2KParams) != 4 || binary.BigEndian.Uint32(info.S2KParams)-1 >= maxIterations {
			return types.EncryptionKey{}, errKDCReply
		}
		if binary.BigEndian.Uint32(info.S2KParams) < minIterations {
			return types.EncryptionKey{}, errWeakKey
		}
		params = hex.EncodeToString(info.S2KParams)
	}
	value, err := kind.StringToKey(password, salt, params)
	return types.EncryptionKey{KeyType: info.EType, KeyValue: value}, err
}
