// Command pictures makes the pictures of the main screens for the documentation,
// each in light and in dark, of demo data with one seed on one day: two runs
// make the same pictures until a page changes.
//
//	pictures FOLDER
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/browsertest"
	"github.com/tenonhq/tenon/internal/store"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: pictures FOLDER")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// How much there is to see, and how large the pictures are.
const (
	organizations = 120
	items         = 2400
	width, height = 1280, 860
)

func run(ctx context.Context, folder string) (err error) {
	dir, err := os.MkdirTemp("", "tenon-pictures-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c := &clock{}
	site, err := browsertest.OpenSite(ctx, browsertest.SiteOptions{Data: filepath.Join(dir, "data"), Organizations: organizations, Items: items, Now: c.now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.Close()) }()
	c.later.Store(int64(3 * time.Hour))
	browser, err := browsertest.OpenBrowser(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, browser.Close()) }()
	screens, err := screensOf(ctx, site)
	if err != nil {
		return err
	}
	for _, s := range screens {
		for _, theme := range []string{"light", "dark"} {
			shot, err := browser.Shoot(site, s.path, browsertest.Screen{Width: width, Height: height, Dark: theme == "dark"})
			if err != nil {
				return fmt.Errorf("%s: %w", s.path, err)
			}
			small, err := shrink(shot)
			if err != nil {
				return err
			}
			name := filepath.Join(folder, s.name+"-"+theme+".png")
			if err := os.WriteFile(name, small, 0o644); err != nil {
				return err
			}
			fmt.Printf("%s: %d kB\n", name, len(small)/1000)
		}
	}
	return nil
}

// clock stands still but for what it takes to order events.
type clock struct{ ticks, later atomic.Int64 }

func (c *clock) now() time.Time {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	return at.Add(time.Duration(c.later.Load())).Add(time.Duration(c.ticks.Add(1)) * time.Microsecond)
}

type screen struct{ name, path string }

// screensOf finds the addresses of the screens. The receipt is of a merge that is
// done here, of another pair than the plan's.
func screensOf(ctx context.Context, s *browsertest.Site) ([]screen, error) {
	var same [][2]tenon.OrgID
	for _, p := range s.Made.Truth {
		if p.Same {
			same = append(same, [2]tenon.OrgID{p.B, p.A})
		}
	}
	if len(same) < 2 {
		return nil, errors.New("the demo data has too few duplicates")
	}
	plan, err := s.App.Merge.Plan(ctx, s.Root, []tenon.OrgID{same[1][0]}, same[1][1], tenon.Choices{FillBlanks: true})
	if err != nil {
		return nil, err
	}
	plan.Typed = plan.MustType
	done, err := s.App.Merge.Run(ctx, s.Root, plan)
	if err != nil {
		return nil, err
	}
	first := func(k tenon.Kind) (string, error) {
		list, _, err := s.App.Core.Items(ctx, s.Root, store.ItemQuery{Kind: k, Org: same[0][1], Page: tenon.Page{Limit: 1, Sort: "name"}})
		if err != nil || len(list) == 0 {
			return "", cmp.Or(err, errors.New("no item of a kind"))
		}
		return "/items/" + list[0].ID.String(), nil
	}
	password, err := first(tenon.Password)
	if err != nil {
		return nil, err
	}
	configuration, err := first(tenon.Configuration)
	if err != nil {
		return nil, err
	}
	id := func(o tenon.OrgID) string { return strconv.FormatInt(int64(o), 10) }
	return []screen{
		{"home", "/"},
		{"organizations", "/organizations"},
		{"organization", "/organizations/" + id(same[0][1])},
		{"merge-plan", "/merge?source=" + id(same[0][0]) + "&target=" + id(same[0][1])},
		{"merge-receipt", "/operations/" + done.ID.String()},
		{"configurations", "/configurations"},
		{"configuration", configuration},
		{"password", password},
	}, nil
}

// shrink writes a picture with the 256 colours that it has most of: the screens
// have few, and it is a third as large.
func shrink(shot []byte) ([]byte, error) {
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		return nil, err
	}
	count := map[color.RGBA]int{}
	box := full.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			r, g, b, _ := full.At(x, y).RGBA()
			count[color.RGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 255}]++
		}
	}
	rank := func(c color.RGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(rank(a), rank(b)))
	})
	var palette color.Palette
	for _, c := range colours[:min(len(colours), 256)] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(box, palette)
	draw.Draw(out, box, full, box.Min, draw.Src)
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, out)
	return b.Bytes(), err
}
