package picture

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/tenonhq/tenon"
)

// sample returns a picture whose left half is red and whose right half is blue.
func sample(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{R: 255, A: 255}
			if x >= w/2 {
				c = color.NRGBA{B: 255, A: 255}
			}
			m.SetNRGBA(x, y, c)
		}
	}
	return m
}

func logo(t testing.TB, in io.Reader) ([]byte, error) {
	t.Helper()
	return NewMaker().Logo(t.Context(), in)
}

func encode(t testing.TB, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "png":
		err = png.Encode(&b, m)
	case "jpeg":
		err = jpeg.Encode(&b, m, nil)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tinyWebP is a lossless WebP of one pixel.
func tinyWebP(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLogo(t *testing.T) {
	t.Parallel()
	paletted := image.NewPaletted(image.Rect(0, 0, 520, 100), color.Palette{color.White, color.Black})
	for name, tt := range map[string]struct {
		data []byte
		want image.Point
	}{
		"small PNG":   {encode(t, "png", sample(100, 40)), image.Pt(100, 40)},
		"exact width": {encode(t, "png", sample(260, 40)), image.Pt(260, 40)},
		"wide PNG":    {encode(t, "png", sample(521, 300)), image.Pt(260, 150)},
		"wide JPEG":   {encode(t, "jpeg", sample(1040, 400)), image.Pt(260, 100)},
		"wide GIF":    {encode(t, "gif", sample(520, 100)), image.Pt(260, 50)},
		"palette":     {encode(t, "png", paletted), image.Pt(260, 50)},
		"flat strip":  {encode(t, "png", sample(5000, 2)), image.Pt(260, 1)},
		"WebP":        {tinyWebP(t), image.Pt(1, 1)},
	} {
		out, err := logo(t, bytes.NewReader(tt.data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		m, err := png.Decode(bytes.NewReader(out))
		if err != nil || m.Bounds().Size() != tt.want {
			t.Errorf("%s: %v, %v; want %v", name, m.Bounds(), err, tt.want)
		}
		if again, err := logo(t, bytes.NewReader(out)); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: a logo made of the logo differs: %v", name, err)
		}
	}
}

func TestLogoKeepsColours(t *testing.T) {
	t.Parallel()
	out, err := logo(t, bytes.NewReader(encode(t, "png", sample(1000, 500))))
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	for x, want := range map[int]color.NRGBA{10: {R: 255, A: 255}, 250: {B: 255, A: 255}} {
		if got := color.NRGBAModel.Convert(m.At(x, 60)); got != want {
			t.Errorf("pixel %d is %v, want %v", x, got, want)
		}
	}
	clear, err := logo(t, bytes.NewReader(encode(t, "png", image.NewNRGBA(image.Rect(0, 0, 600, 60)))))
	if err != nil {
		t.Fatal(err)
	}
	if m, err = png.Decode(bytes.NewReader(clear)); err != nil {
		t.Fatal(err)
	}
	if _, _, _, a := m.At(5, 5).RGBA(); a != 0 {
		t.Errorf("what was transparent has alpha %d", a)
	}
}

// chunk returns a PNG chunk.
func chunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngOf returns a PNG whose header promises w x h pixels and whose data is what
// is given, packed.
func pngOf(t testing.TB, w, h uint32, data []byte) []byte {
	t.Helper()
	header := binary.BigEndian.AppendUint32(nil, w)
	header = append(binary.BigEndian.AppendUint32(header, h), 8, 6, 0, 0, 0)
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", header)...)
	b = append(b, chunk("IDAT", packed.Bytes())...)
	return append(b, chunk("IEND", nil)...)
}

func hostile(t testing.TB) map[string]struct {
	data []byte
	want string
} {
	good := encode(t, "png", sample(300, 100))
	photo := encode(t, "jpeg", sample(300, 100))
	moving := encode(t, "gif", sample(300, 100))
	huge := bytes.Clone(moving)
	copy(huge[6:], "\xff\xff\xff\xff")
	deep := pngOf(t, 6000, 6000, make([]byte, 40<<20))
	deep[24] = 16 // bits a channel
	binary.BigEndian.PutUint32(deep[29:], crc32.ChecksumIEEE(deep[12:29]))
	return map[string]struct {
		data []byte
		want string
	}{
		"empty":               {nil, "empty"},
		"text":                {[]byte("hello"), "not a PNG"},
		"SVG":                 {[]byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "SVG"},
		"page":                {[]byte("<html><script>alert(1)</script></html>"), "not a PNG"},
		"bomb":                {pngOf(t, 60_000, 60_000, nil), "more than 40 million"},
		"overflowing bomb":    {pngOf(t, 1<<31-1, 1<<31-1, nil), "picture"},
		"bomb in the limit":   {pngOf(t, 6300, 6300, make([]byte, 1000)), "too little data"},
		"packed bomb":         {pngOf(t, 6300, 6300, make([]byte, 20<<20)), "too little data"},
		"deep bomb":           {deep, "more than 20 million"},
		"GIF bomb":            {huge, "more than 40 million"},
		"needle":              {encode(t, "png", image.NewNRGBA(image.Rect(0, 0, 1, 3000))), "too narrow"},
		"only a signature":    {good[:8], "damaged"},
		"cut PNG":             {good[:len(good)/2], "damaged"},
		"cut JPEG":            {photo[:len(photo)/2], "damaged"},
		"cut GIF":             {moving[:len(moving)/2], "damaged"},
		"cut WebP":            {tinyWebP(t)[:20], "damaged"},
		"GIF and script":      {[]byte("GIF89a/*\x00\x00\x00\x00*/=1;alert(1)//"), "damaged"},
		"PNG and page":        {append([]byte("\x89PNG\r\n\x1a\n"), "<html><script>alert(1)</script>"...), "damaged"},
		"turned PNG":          {append(bytes.Clone(good[:60]), bytes.Repeat([]byte{0xff}, 500)...), "damaged"},
		"larger than 10 MB":   {append(bytes.Clone(good), make([]byte, MaxBytes)...), "larger than 10 MB"},
		"WebP without a body": {[]byte("RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\x7f\x2f\xff\xff\xff\xff"), "WebP"},
	}
}

// A hostile file is refused in words, and before it is unpacked: without taking memory.
func TestHostile(t *testing.T) {
	for name, tt := range hostile(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := logo(t, bytes.NewReader(tt.data))
		runtime.ReadMemStats(&after)
		if code := tenon.CodeOf(err); code != tenon.Invalid && code != tenon.TooLarge || !strings.Contains(tenon.MessageOf(err), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
			t.Errorf("%s took %d bytes", name, grown)
		}
	}
}

// What stands behind a picture, or in its notes, is not in the logo.
func TestLogoKeepsOnlyPixels(t *testing.T) {
	t.Parallel()
	good := encode(t, "png", sample(300, 100))
	const text = "<script>alert(1)</script>"
	noted := append(bytes.Clone(good[:33]), chunk("tEXt", []byte("Comment\x00"+text))...)
	noted = append(noted, good[33:]...)
	for name, data := range map[string][]byte{"behind": append(bytes.Clone(good), text...), "noted": noted} {
		out, err := logo(t, bytes.NewReader(data))
		if err != nil || bytes.Contains(out, []byte("script")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two logos are never decoded at once.
func TestLogoWaits(t *testing.T) {
	t.Parallel()
	m := NewMaker()
	m.slot <- struct{}{} // another logo is being made
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	good := encode(t, "png", sample(2, 2))
	if _, err := m.Logo(ctx, bytes.NewReader(good)); !errors.Is(err, context.Canceled) {
		t.Errorf("while another is made: %v", err)
	}
	<-m.slot
	if _, err := m.Logo(t.Context(), bytes.NewReader(good)); err != nil || len(m.slot) != 0 {
		t.Errorf("afterwards: %v, %d taken", err, len(m.slot))
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	pic, photo, text := encode(t, "png", sample(2, 2)), encode(t, "jpeg", sample(2, 2)), []byte("hello")
	for _, tt := range []struct {
		name, mediaType string
		head            []byte
		want            string
	}{
		{"logo.png", "image/png", pic, ""},
		{"LOGO.PNG", "image/png; x=y", pic, ""},
		{"logo.png", "", pic, ""},
		{"logo", "application/octet-stream", pic, ""},
		{"photo.jpeg", "image/jpeg", photo, ""},
		{"notes.txt", "text/plain", text, ""},
		{"logo.svg", "image/svg+xml", []byte("<svg/>"), ""},
		{"", "", nil, ""},
		{"logo.png", "image/png", photo, `named ".png", but its content is a JPEG`},
		{"logo.jpg", "image/png", pic, `named ".jpg", but its content is a PNG`},
		{"logo.png", "image/jpeg", pic, `sent as "image/jpeg", but its content is a PNG`},
		{"logo.png", "image/png", text, "no picture"},
		{"logo", "image/png", text, "no picture"},
		{"tool.exe", "", pic, `named ".exe"`},
		{"logo.png", "text/html", pic, `sent as "text/html"`},
	} {
		err := Agree(tt.name, tt.mediaType, tt.head)
		if tt.want == "" && err != nil || tt.want != "" && (tenon.CodeOf(err) != tenon.Invalid || !strings.Contains(tenon.MessageOf(err), tt.want)) {
			t.Errorf("Agree(%q, %q, %.8q) = %v, want %q", tt.name, tt.mediaType, tt.head, err, tt.want)
		}
	}
}

func FuzzLogo(f *testing.F) {
	for _, h := range hostile(f) {
		if len(h.data) < 4096 {
			f.Add(h.data)
		}
	}
	f.Add(encode(f, "jpeg", sample(20, 10)))
	f.Add(encode(f, "gif", sample(20, 10)))
	f.Add(tinyWebP(f))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := logo(t, bytes.NewReader(data))
		if err != nil {
			if tenon.CodeOf(err) == tenon.Internal {
				t.Errorf("an upload made an internal error: %v", err)
			}
			return
		}
		if c, err := png.DecodeConfig(bytes.NewReader(out)); err != nil || c.Width > LogoWidth || c.Height > maxLogoHeight {
			t.Errorf("the logo has %d x %d pixels, %v", c.Width, c.Height, err)
		}
	})
}

func BenchmarkLogo(b *testing.B) {
	for name, data := range map[string][]byte{
		"4MP-png":   encode(b, "png", sample(2000, 2000)),
		"36MP-jpeg": encode(b, "jpeg", sample(6000, 6000)),
		"36MP-gif":  encode(b, "gif", sample(6000, 6000)),
		"36MP-png":  encode(b, "png", sample(6000, 6000)),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := logo(b, bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
