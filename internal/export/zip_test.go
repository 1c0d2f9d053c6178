package export

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"strconv"
	"testing"
	"time"
)

// far is a file that is empty for a long time, and then has content.
type far struct {
	from    int64
	content []byte
}

func (f far) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at+int64(len(b)) > f.from+int64(len(f.content)) {
		return 0, io.EOF
	}
	if end := at + int64(len(b)); end > f.from {
		copy(b[max(0, f.from-at):], f.content[max(0, at-f.from):])
	}
	return len(b), nil
}

// TestZip reads what is written with another's reader: small, with more
// entries than the first form of the directory counts, and beyond its offsets.
func TestZip(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 10, 30, 2, 0, time.UTC)
	for name, c := range map[string]struct {
		entries int
		from    int64
	}{"small": {3, 0}, "many": {70_000, 0}, "far": {3, 5 << 30}, "at the edge": {3, 1<<32 - 60}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			p := &piece{w: &b, at: at}
			for i := range c.entries {
				text := []byte("content " + strconv.Itoa(i))
				e := entry{Name: "Ärger " + strconv.Itoa(i) + ".csv", CRC: crc32.ChecksumIEEE(text), Size: int64(len(text)), Packed: int64(len(text))}
				if err := p.put(e, bytes.NewReader(text)); err != nil {
					t.Fatal(err)
				}
			}
			var lines []byte
			for i := range p.entries {
				lines = append(lines, p.entries[i].line(at, c.from+p.entries[i].At)...)
			}
			offset := c.from + p.size
			b.Write(lines)
			b.Write(ending(int64(c.entries), int64(len(lines)), offset))
			z, err := zip.NewReader(far{c.from, b.Bytes()}, c.from+int64(b.Len()))
			if err != nil {
				t.Fatal(err)
			}
			if len(z.File) != c.entries {
				t.Fatalf("%d entries, want %d", len(z.File), c.entries)
			}
			for _, i := range []int{0, c.entries / 2, c.entries - 1} {
				f := z.File[i]
				in, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(in)
				if err != nil || string(got) != "content "+strconv.Itoa(i) || f.Name != "Ärger "+strconv.Itoa(i)+".csv" || !f.Modified.Equal(at) {
					t.Errorf("%q of %s holds %q (%v)", f.Name, f.Modified, got, err)
				}
			}
		})
	}
}
