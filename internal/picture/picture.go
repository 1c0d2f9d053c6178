// Package picture makes logos out of whatever people upload: it reads PNG,
// JPEG, GIF (the first frame) and WebP, makes them at most LogoWidth wide and
// writes them as PNG anew, so that nothing of the upload but its pixels is kept:
// no place where a photo was taken, no second file behind the first.
//
// An upload is hostile until decoded. Its size is read from the header before
// memory is taken for its pixels, and a header that promises far more pixels
// than its data could hold is refused at once. Pictures that can hold scripts
// (SVG) are not accepted.
package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"

	"github.com/tenonhq/tenon"
)

// Limits of an upload, and the width of what is made of it.
const (
	MaxBytes  = 10 << 20
	MaxPixels = 40_000_000
	LogoWidth = 260
	// PreviewWidth is how wide a picture is that is shown in a page.
	PreviewWidth = 1200
	// maxLogoHeight keeps a strip one pixel wide and a million high from becoming
	// a logo.
	maxLogoHeight = 10 * LogoWidth
	// Up to freePixels are decoded whatever the size of the data: 16 MB. Above,
	// pixelsPerByte must be plausible; a single colour packs tightest, at about
	// 1,000 bytes of pixels to one.
	freePixels    = 4_000_000
	pixelsPerByte = 1024
)

// Maker makes logos, one at a time: a picture of MaxPixels takes 160 MB while it
// is decoded, and a few of them at once would take all memory.
type Maker struct {
	slot chan struct{}
}

// NewMaker returns a Maker. A process needs one.
func NewMaker() *Maker { return &Maker{slot: make(chan struct{}, 1)} }

// Logo reads a picture and returns it as a PNG at most LogoWidth wide, the
// height in proportion. Its errors say in words why a picture is refused. It
// waits while another logo is being made and gives up when ctx ends.
func (m *Maker) Logo(ctx context.Context, in io.Reader) ([]byte, error) {
	return m.make(ctx, in, LogoWidth)
}

func (m *Maker) make(ctx context.Context, in io.Reader, width int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(in, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	if len(data) > MaxBytes {
		return nil, tenon.Errorf(tenon.TooLarge, "The picture is larger than %d MB.", MaxBytes>>20)
	}
	format := sniff(data)
	if err := checkHeader(format, data); err != nil {
		return nil, err
	}
	select {
	case m.slot <- struct{}{}:
		defer func() { <-m.slot }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to make a picture: %w", ctx.Err())
	}
	src, err := decode(format, data)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&out, scale(src, width)); err != nil {
		return nil, fmt.Errorf("write a picture: %w", err)
	}
	return out.Bytes(), nil
}

// Preview is Logo for a picture that is looked at in a page: at most
// PreviewWidth wide.
func (m *Maker) Preview(ctx context.Context, in io.Reader) ([]byte, error) {
	return m.make(ctx, in, PreviewWidth)
}

// checkHeader refuses by the header alone what must not be decoded.
func checkHeader(format *format, data []byte) error {
	if format == nil {
		return refused(data)
	}
	config, err := safely(func() (image.Config, error) { return format.config(bytes.NewReader(data)) })
	if err != nil || config.Width <= 0 || config.Height <= 0 {
		return damaged(format)
	}
	// As int64: on a 32-bit machine the product could overflow.
	width, height := int64(config.Width), int64(config.Height)
	pixels := width * height
	limit := int64(MaxPixels)
	if config.ColorModel == color.NRGBA64Model || config.ColorModel == color.RGBA64Model {
		limit /= 2 // 16 bits a channel take twice the memory
	}
	switch {
	case pixels > limit:
		return tenon.Errorf(tenon.TooLarge, "The picture has %d x %d pixels, more than %d million. Make it smaller.", width, height, limit/1_000_000)
	case pixels > freePixels && pixels/pixelsPerByte > int64(len(data)):
		return tenon.Errorf(tenon.Invalid, "The picture says that it has %d x %d pixels, but has too little data for them.", width, height)
	case height*LogoWidth/max(width, LogoWidth) > maxLogoHeight:
		return tenon.Errorf(tenon.Invalid, "The picture is too narrow for a logo: %d x %d pixels.", width, height)
	}
	return nil
}

func decode(format *format, data []byte) (image.Image, error) {
	src, err := safely(func() (image.Image, error) { return format.decode(bytes.NewReader(data)) })
	if err != nil || src.Bounds().Empty() {
		return nil, damaged(format)
	}
	return src, nil
}

// safely turns a panic of a decoder into an error: a decoder is more code than
// can be trusted with every upload, and one upload must not end the server.
func safely[T any](read func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decoder: %v", p)
		}
	}()
	return read()
}

// scale returns the picture in 8 bits a channel, at most that wide.
func scale(src image.Image, width int) image.Image {
	size := src.Bounds().Size()
	target := size
	if size.X > width {
		target = image.Pt(width, max(1, (size.Y*width+size.X/2)/size.X))
	}
	dst := image.NewRGBA(image.Rectangle{Max: target})
	if target == size {
		draw.Draw(dst, dst.Rect, src, src.Bounds().Min, draw.Src)
		return dst
	}
	draw.CatmullRom.Scale(dst, dst.Rect, src, src.Bounds(), draw.Src, nil)
	return dst
}

// format is one kind of picture.
type format struct {
	name       string
	mediaType  string
	extensions []string
	config     func(io.Reader) (image.Config, error)
	decode     func(io.Reader) (image.Image, error)
}

func formats() []format {
	return []format{
		{"PNG", "image/png", []string{".png"}, png.DecodeConfig, png.Decode},
		{"JPEG", "image/jpeg", []string{".jpg", ".jpeg"}, jpeg.DecodeConfig, jpeg.Decode},
		{"GIF", "image/gif", []string{".gif"}, gif.DecodeConfig, gif.Decode},
		{"WebP", "image/webp", []string{".webp"}, webp.DecodeConfig, webp.Decode},
	}
}

func damaged(f *format) error {
	return tenon.Errorf(tenon.Invalid, "The %s picture is damaged or not complete.", f.name)
}
