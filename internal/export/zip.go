package export

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"time"

	"github.com/tenonhq/tenon/internal/secret"
)

// This file writes a ZIP file in pieces. archive/zip writes one from its
// beginning to its end, and a job that may be killed and go on cannot. A piece
// is some entries with their heads; the directory, which tells where each is,
// is the last piece.

// entry is a file inside of the ZIP file.
type entry struct {
	Name   string `json:"name"`
	Method uint16 `json:"method"`
	CRC    uint32 `json:"crc"`
	Packed int64  `json:"packed"` // size in the ZIP file
	Size   int64  `json:"size"`
	Locked bool   `json:"locked,omitempty"`
	At     int64  `json:"at"` // from the beginning of its piece
}

const (
	stored   = 0
	deflated = 8
	aes      = 99

	// The versions of the format that know compression, large files, and AES.
	// Programs refuse what asks for a version that they do not know.
	needs   = 20
	needs64 = 45
	needsV  = 51
)

// head is what the local head and the directory say alike.
func (e *entry) head(at time.Time, version uint16) []byte {
	flags, method, crc := uint16(1<<11), e.Method, e.CRC // names are UTF-8
	if e.Locked {
		version, flags, method, crc = needsV, flags|1, aes, 0
	}
	date, clock := dosTime(at)
	b := binary.LittleEndian.AppendUint16(nil, version)
	for _, x := range []uint16{flags, method, clock, date} {
		b = binary.LittleEndian.AppendUint16(b, x)
	}
	b = binary.LittleEndian.AppendUint32(b, crc)
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Packed))
	b = binary.LittleEndian.AppendUint32(b, uint32(e.Size))
	return binary.LittleEndian.AppendUint16(b, uint16(len(e.Name)))
}

// extra says how a locked entry is locked: form AE-2, AES-256, and how it is packed.
func (e *entry) extra() []byte {
	if !e.Locked {
		return nil
	}
	return binary.LittleEndian.AppendUint16([]byte{0x01, 0x99, 7, 0, 2, 0, 'A', 'E', 3}, e.Method)
}

// local is the head that stands in front of an entry.
func (e *entry) local(at time.Time) []byte {
	b := append([]byte("PK\x03\x04"), e.head(at, needs)...)
	extra := e.extra()
	b = binary.LittleEndian.AppendUint16(b, uint16(len(extra)))
	return append(append(b, e.Name...), extra...)
}

// line is the entry's line in the directory; offset is where its head stands.
func (e *entry) line(at time.Time, offset int64) []byte {
	extra, where, version := e.extra(), uint32(math.MaxUint32), uint16(needs64)
	if offset < math.MaxUint32 {
		where, version = uint32(offset), needs
	} else {
		extra = append(extra, 1, 0, 8, 0)
		extra = binary.LittleEndian.AppendUint64(extra, uint64(offset))
	}
	b := append([]byte("PK\x01\x02"), needsV, 3) // made on Unix
	b = append(b, e.head(at, version)...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(extra)))
	b = append(b, 0, 0, 0, 0, 0, 0) // no comment, one disk, nothing internal
	b = binary.LittleEndian.AppendUint32(b, 0o100600<<16)
	b = binary.LittleEndian.AppendUint32(b, where)
	return append(append(b, e.Name...), extra...)
}

// ending closes a directory of n entries that is size bytes long and begins at offset.
func ending(n, size, offset int64) []byte {
	var b []byte
	if n >= math.MaxUint16 || size >= math.MaxUint32 || offset >= math.MaxUint32 {
		b = append(b, "PK\x06\x06"...)
		b = binary.LittleEndian.AppendUint64(b, 44)
		b = append(b, needs64, 0, needs64, 0, 0, 0, 0, 0, 0, 0, 0, 0)
		for _, x := range []int64{n, n, size, offset} {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
		b = append(b, "PK\x06\x07\x00\x00\x00\x00"...)
		b = binary.LittleEndian.AppendUint64(b, uint64(offset+size))
		b = binary.LittleEndian.AppendUint32(b, 1)
	}
	few := uint16(min(n, math.MaxUint16))
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	b = binary.LittleEndian.AppendUint16(b, few)
	b = binary.LittleEndian.AppendUint16(b, few)
	b = binary.LittleEndian.AppendUint32(b, uint32(min(size, math.MaxUint32)))
	b = binary.LittleEndian.AppendUint32(b, uint32(min(offset, math.MaxUint32)))
	return append(b, 0, 0)
}

func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	return uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()), uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

// piece is some entries on their way to w.
type piece struct {
	w          io.Writer
	at         time.Time
	passphrase secret.Text // none: not locked
	size       int64
	entries    []entry
}

func (p *piece) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	p.size += int64(n)
	return n, err
}

// add packs a file that is in memory.
func (p *piece) add(name string, content []byte) error {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	e := entry{Name: name, Method: deflated, CRC: crc32.ChecksumIEEE(content), Size: int64(len(content)), Packed: int64(packed.Len())}
	return p.put(e, &packed)
}

// put writes an entry whose packed content, and all that the entry says, is known.
func (p *piece) put(e entry, packed io.Reader) (err error) {
	e.At = p.size
	var lock *secret.ZipEntry
	if !p.passphrase.IsZero() {
		if lock, err = secret.NewZipEntry(p.passphrase); err != nil {
			return err
		}
		e.Locked, e.Packed = true, e.Packed+secret.ZipOverhead
	}
	if _, err := p.Write(e.local(p.at)); err != nil {
		return err
	}
	p.entries = append(p.entries, e)
	if lock == nil {
		_, err := io.Copy(p, packed)
		return err
	}
	if _, err := p.Write(lock.Head()); err != nil {
		return err
	}
	if _, err := io.Copy(lock.Writer(p), packed); err != nil {
		return err
	}
	_, err = p.Write(lock.Code())
	return err
}
