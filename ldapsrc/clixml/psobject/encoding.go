package psobject

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf8Reader gives the text of a file in UTF-8. Windows PowerShell writes UTF-16
// unless it is told otherwise.
func utf8Reader(r io.Reader) io.Reader {
	in := bufio.NewReader(r)
	start, _ := in.Peek(3)
	switch {
	case len(start) >= 3 && start[0] == 0xEF && start[1] == 0xBB && start[2] == 0xBF:
		_, _ = in.Discard(3)
	case len(start) >= 2 && start[0] == 0xFF && start[1] == 0xFE:
		_, _ = in.Discard(2)
		return &units{in: in, order: binary.LittleEndian}
	case len(start) >= 2 && start[0] == 0xFE && start[1] == 0xFF:
		_, _ = in.Discard(2)
		return &units{in: in, order: binary.BigEndian}
	case len(start) >= 2 && start[0] == '<' && start[1] == 0:
		return &units{in: in, order: binary.LittleEndian}
	case len(start) >= 2 && start[0] == 0 && start[1] == '<':
		return &units{in: in, order: binary.BigEndian}
	}
	return in
}

// units reads UTF-16 and gives UTF-8. A surrogate that stands alone becomes U+FFFD.
type units struct {
	in    *bufio.Reader
	order binary.ByteOrder
	rest  []byte // what did not fit
	next  rune   // the unit that was read ahead, if ahead
	ahead bool
}

func (u *units) Read(p []byte) (int, error) {
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	for n < len(p) {
		r, err := u.rune()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		var buffer [utf8.UTFMax]byte
		encoded := buffer[:utf8.EncodeRune(buffer[:], r)]
		copied := copy(p[n:], encoded)
		n += copied
		if copied < len(encoded) {
			u.rest = append([]byte(nil), encoded[copied:]...)
		}
	}
	return n, nil
}

func (u *units) rune() (rune, error) {
	r, err := u.unit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	low, err := u.unit()
	if err != nil {
		return utf8.RuneError, nil // the end is met again
	}
	if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
		return whole, nil
	}
	u.next, u.ahead = low, true
	return utf8.RuneError, nil
}

func (u *units) unit() (rune, error) {
	if u.ahead {
		u.ahead = false
		return u.next, nil
	}
	var pair [2]byte
	if _, err := io.ReadFull(u.in, pair[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = io.EOF // half a unit
		}
		return 0, err
	}
	return rune(u.order.Uint16(pair[:])), nil
}
