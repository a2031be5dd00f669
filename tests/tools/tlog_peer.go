// A second opinion on our logs by Go's own code (sumdb/note, sumdb/tlog).
//
//	tlog_peer check FOLDER VKEY   opens the checkpoint, rebuilds the root from the tiles, checks every entry's inclusion
//	tlog_peer sign FOLDER KEYFILE signs the checkpoint's text anew with our key file
package main

import (
	"encoding/binary"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type tiles struct{ folder string }

func (t tiles) Height() int { return 8 }
func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, tile := range want {
		// C2SP has no height in the path.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func die(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func entries(folder string, size int64) [][]byte {
	var out [][]byte
	for n := int64(0); n*256 < size; n++ {
		path := fmt.Sprintf("tile/entries/%03d", n)
		if size-n*256 < 256 {
			path += fmt.Sprintf(".p/%d", size-n*256)
		}
		data, err := os.ReadFile(filepath.Join(folder, path))
		die(err)
		for len(data) > 0 {
			l := int(binary.BigEndian.Uint16(data))
			out = append(out, data[2:2+l])
			data = data[2+l:]
		}
	}
	return out
}

func check(folder, vkey string) {
	verifier, err := note.NewVerifier(vkey)
	die(err)
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	die(err)
	n, err := note.Open(data, note.VerifierList(verifier))
	die(err)
	lines := strings.Split(n.Text, "\n")
	var size int64
	_, err = fmt.Sscan(lines[1], &size)
	die(err)
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	die(err)
	var root tlog.Hash
	copy(root[:], raw)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{folder})
	rebuilt, err := tlog.TreeHash(size, reader)
	die(err)
	if rebuilt != root {
		die(fmt.Errorf("the tiles have another root"))
	}
	all := entries(folder, size)
	if int64(len(all)) != size {
		die(fmt.Errorf("%d entries, not %d", len(all), size))
	}
	for i, e := range all {
		proof, err := tlog.ProveRecord(size, int64(i), reader)
		die(err)
		die(tlog.CheckRecord(proof, size, root, int64(i), tlog.RecordHash(e)))
	}
	fmt.Printf("%d entries, all included\n", size)
}

func sign(folder, file string) {
	key, err := os.ReadFile(file)
	die(err)
	signer, err := note.NewSigner(strings.TrimSpace(string(key)))
	die(err)
	data, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	die(err)
	text := string(data[:strings.LastIndex(string(data), "\n\n")+1])
	out, err := note.Sign(&note.Note{Text: text}, signer)
	die(err)
	die(os.WriteFile(filepath.Join(folder, "checkpoint"), out, 0644))
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "check" {
		check(os.Args[2], os.Args[3])
	} else if len(os.Args) == 4 && os.Args[1] == "sign" {
		sign(os.Args[2], os.Args[3])
	} else {
		os.Exit(2)
	}
}
