// Command bundle makes web/dist out of assets/ and node_modules/: scripts and
// styles bundled and minified, an icon sprite, each under a name with the hash
// of its content, each beside a gzip copy, and a manifest of the names.
//
// Every file that lies directly in assets/ becomes one bundled file; files in
// folders below it come in by being imported. assets/icons.txt is the list of
// icons, by their names in @tabler/icons, of the sprite icons.svg.
//
// It is run by `make assets`, in the root of the repository.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"github.com/tenonhq/tenon/web"
)

const (
	source   = "assets"
	target   = "web/dist"
	iconList = "icons.txt"
	icons    = "node_modules/@tabler/icons/icons"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
}

func run() error {
	entries, err := entryPoints()
	if err != nil {
		return err
	}
	files, names, err := bundle(entries)
	if err != nil {
		return err
	}
	sprite, err := iconSprite(filepath.Join(source, iconList), icons)
	if err != nil {
		return err
	}
	if sprite != nil {
		names["icons.svg"] = hashedName("icons.svg", sprite)
		files[names["icons.svg"]] = sprite
	}
	manifest, err := json.MarshalIndent(names, "", "\t")
	if err != nil {
		return err
	}
	return write(files, manifest)
}

// entryPoints lists the files directly in assets/.
func entryPoints() ([]string, error) {
	list, err := os.ReadDir(source)
	if err != nil {
		return nil, err
	}
	var entries []string
	for _, f := range list {
		if f.IsDir() || f.Name() == iconList || strings.HasPrefix(f.Name(), ".") {
			continue
		}
		entries = append(entries, source+"/"+f.Name())
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("nothing in %s", source)
	}
	return entries, nil
}

// bundle returns the files to write, by name, and the map from logical names
// to these.
func bundle(entries []string) (files map[string][]byte, names map[string]string, err error) {
	result := api.Build(api.BuildOptions{
		EntryPoints:       entries,
		Bundle:            true,
		Write:             false,
		Outdir:            target,
		EntryNames:        "[name]-[hash]",
		AssetNames:        "[name]-[hash]",
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatIIFE, // scripts run without type="module" too
		Target:            api.ES2022,
		LegalComments:     api.LegalCommentsEndOfFile,
		Metafile:          true,
		LogLevel:          api.LogLevelWarning,
		Loader: map[string]api.Loader{
			".svg": api.LoaderFile, ".png": api.LoaderFile, ".ico": api.LoaderFile, ".woff2": api.LoaderFile,
		},
	})
	if len(result.Errors) > 0 {
		return nil, nil, errors.New("the bundler found errors, printed above")
	}
	root, err := filepath.Abs(target)
	if err != nil {
		return nil, nil, err
	}
	files = map[string][]byte{}
	for _, f := range result.OutputFiles {
		name, err := filepath.Rel(root, f.Path)
		if err != nil {
			return nil, nil, err
		}
		files[filepath.ToSlash(name)] = f.Contents
	}
	names, err = entryNames(result.Metafile)
	if err != nil {
		return nil, nil, err
	}
	return files, names, copyWhole(entries, files, names)
}

// entryNames reads from the bundler's report which output belongs to which
// entry point.
func entryNames(metafile string) (map[string]string, error) {
	var meta struct {
		Outputs map[string]struct {
			EntryPoint string `json:"entryPoint"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return nil, err
	}
	names := map[string]string{}
	for output, of := range meta.Outputs {
		if of.EntryPoint != "" {
			names[filepath.Base(of.EntryPoint)] = strings.TrimPrefix(output, target+"/")
		}
	}
	return names, nil
}

// copyWhole replaces what the bundler made of an entry point that is neither
// script nor style (a script that exports its address) by the file itself.
func copyWhole(entries []string, files map[string][]byte, names map[string]string) error {
	for _, entry := range entries {
		base := filepath.Base(entry)
		if ext := filepath.Ext(base); ext == ".js" || ext == ".css" {
			continue
		}
		text, err := os.ReadFile(entry)
		if err != nil {
			return err
		}
		delete(files, names[base])
		names[base] = hashedName(base, text)
		files[names[base]] = text
	}
	return nil
}

// hashedName puts the hash of the content into a name, in the bundler's way.
func hashedName(name string, content []byte) string {
	sum := sha256.Sum256(content)
	hash := base32.StdEncoding.EncodeToString(sum[:])[:8]
	ext := filepath.Ext(name)
	return strings.TrimSuffix(name, ext) + "-" + hash + ext
}

// write replaces what is in the target, all but its placeholder.
func write(files map[string][]byte, manifest []byte) error {
	old, err := filepath.Glob(target + "/*")
	if err != nil {
		return err
	}
	for _, path := range old {
		if filepath.Base(path) == ".gitkeep" {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	for name, content := range files {
		path := filepath.Join(target, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
		packed, err := compress(content)
		if err != nil {
			return err
		}
		// Pictures and fonts are compressed already: a copy would save nothing.
		if len(packed) >= len(content)*9/10 {
			continue
		}
		if err := os.WriteFile(path+".gz", packed, 0o644); err != nil {
			return err
		}
	}
	// The manifest comes last: make takes it for the sign that all is there.
	return os.WriteFile(filepath.Join(target, web.Manifest), append(manifest, '\n'), 0o644)
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
