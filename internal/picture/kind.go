package picture

import (
	"bytes"
	"mime"
	"path"
	"slices"
	"strings"

	"github.com/tenonhq/tenon"
)

// sniff returns the format that the data begins like, or nil.
func sniff(data []byte) *format {
	var name string
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		name = "PNG"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		name = "JPEG"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		name = "GIF"
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		name = "WebP"
	default:
		return nil
	}
	return find(func(f *format) bool { return f.name == name })
}

func find(is func(*format) bool) *format {
	for _, f := range formats() {
		if is(&f) {
			return &f
		}
	}
	return nil
}

// refused says in words what data that is no accepted picture is.
func refused(data []byte) error {
	if len(data) == 0 {
		return tenon.Errorf(tenon.Invalid, "The picture is empty.")
	}
	if isSVG(data) {
		return tenon.Errorf(tenon.Invalid, "SVG pictures are not accepted, because they can hold scripts. Save the picture as PNG.")
	}
	return tenon.Errorf(tenon.Invalid, "This is not a PNG, JPEG, GIF or WebP picture.")
}

func isSVG(data []byte) bool {
	head := bytes.ToLower(data[:min(len(data), 1024)])
	return bytes.Contains(head, []byte("<svg"))
}

// Agree checks that the name, the declared media type and the first bytes of an
// upload say the same, as far as one of them says that it is a picture that we
// read. A name without an ending says nothing; neither does a type that is
// missing or application/octet-stream, which browsers send when they do not
// know.
func Agree(name, mediaType string, head []byte) error {
	content := nameOf(sniff(head))
	ending := strings.ToLower(path.Ext(name))
	named := nameOf(find(func(f *format) bool { return slices.Contains(f.extensions, ending) }))
	if t, _, err := mime.ParseMediaType(mediaType); err == nil {
		mediaType = t
	}
	declared := nameOf(find(func(f *format) bool { return f.mediaType == mediaType }))
	if ending == "" || ending == "." {
		named = content
	}
	if mediaType == "" || mediaType == "application/octet-stream" {
		declared = content
	}
	switch {
	case named != content:
		return tenon.Errorf(tenon.Invalid, "The file is named %q, but its content is %s. Give it the ending that fits.", ending, content)
	case declared != content:
		return tenon.Errorf(tenon.Invalid, "The file is sent as %q, but its content is %s.", mediaType, content)
	}
	return nil
}

// nameOf names a format in a sentence; everything else is one thing here.
func nameOf(f *format) string {
	if f == nil {
		return "no picture that can be read"
	}
	return "a " + f.name + " picture"
}
