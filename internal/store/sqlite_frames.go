package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A commit writes each page that has changed into SQLite's log as a frame: a
// head of 24 bytes, and the page. SQLite hands both to the system on their own:
// some seventy calls for a commit of three organizations. This layer between
// SQLite and the files of the system (a VFS, in SQLite's words) gathers the
// frames of a commit and hands them over together.
//
// It works on the file of the log alone, and holds back nothing but frames: the
// last of a commit, which says so in its head, hands over all before it, which
// is before SQLite tells any reader of them; and so does whatever else is asked
// of the file. Where the system refuses, SQLite is told with that frame, and
// takes the commit back as if it had been told with the first.

const (
	// framesName is how connections ask for the layer.
	framesName = "tenon-frames"
	// frameHead is the length of a head: the number of the page, the length of
	// the database in pages where the frame ends a commit, and sums.
	frameHead = 24
	// maxFrames is how many bytes are held back at most: a change that does not
	// fit into the cache writes frames long before it commits.
	maxFrames = 1 << 20
	// maxWrite is how many bytes go to the system in a call; SQLite takes no
	// more than 128 KB at a time for itself.
	maxWrite = 64 << 10
)

// framesLayer is the layer as SQLite knows it.
type framesLayer struct {
	base uintptr // what it stands on: the system's sqlite3_vfs
	kept []any   // the functions that SQLite calls, or they would be collected

	mu      sync.RWMutex
	methods map[uintptr]uintptr  // the layer's sqlite3_io_methods, by those that they stand on
	open    map[uintptr]*heldLog // by sqlite3_file
}

// heldLog is an open log, and the frames of it that are held back. One
// connection uses it, from one goroutine at a time.
type heldLog struct {
	base   *sqlite3.Tsqlite3_io_methods
	frames []byte
	at     int64 // where they begin in the file
	page   bool  // a head is held back, and its page is still to come
	ends   bool  // that head ends a commit
}

// useFrames makes the layer known to SQLite, once in a process.
var useFrames = sync.OnceValues(func() (*framesLayer, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	l := &framesLayer{base: sqlite3.Xsqlite3_vfs_find(tls, 0), methods: map[uintptr]uintptr{}, open: map[uintptr]*heldLog{}}
	if l.base == 0 {
		return nil, errors.New("SQLite does not know the files of this system")
	}
	name, err := libc.CString(framesName)
	if err != nil {
		return nil, err
	}
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})))
	if own == 0 {
		return nil, errors.New("no memory for the files of SQLite")
	}
	v := at[sqlite3.Tsqlite3_vfs](own)
	*v = *at[sqlite3.Tsqlite3_vfs](l.base)
	v.FpNext, v.FzName, v.FxOpen = 0, name, pointer(l, l.openFile)
	if code := sqlite3.Xsqlite3_vfs_register(tls, own, 0); code != sqlite3.SQLITE_OK {
		return nil, fmt.Errorf("SQLite refuses the layer below it: code %d", code)
	}
	return l, nil
})

// at is what lies at an address that SQLite has given.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// pointer is a function as SQLite calls it, for as long as there is l.
func pointer[F any](l *framesLayer, f F) uintptr {
	l.kept = append(l.kept, &f)
	return *(*uintptr)(unsafe.Pointer(&f))
}

// function is the function that SQLite would call by p.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

// The functions that a log has, as SQLite calls them: with the state of the
// thread, the file, and what else there is; they return a code of SQLite.
type (
	fileFunc = func(tls *libc.TLS, file uintptr) int32
	dataFunc = func(tls *libc.TLS, file, data uintptr, n int32, at int64) int32
	sizeFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	tellFunc = func(tls *libc.TLS, file, size uintptr) int32
	syncFunc = func(tls *libc.TLS, file uintptr, flags int32) int32
	openFunc = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, flagsOut uintptr) int32
)

// openFile opens a file of the system, and puts the layer over it if it is a log.
func (l *framesLayer) openFile(tls *libc.TLS, _, name, file uintptr, flags int32, flagsOut uintptr) int32 {
	code := function[openFunc](at[sqlite3.Tsqlite3_vfs](l.base).FxOpen)(tls, l.base, name, file, flags, flagsOut)
	if code != sqlite3.SQLITE_OK || flags&sqlite3.SQLITE_OPEN_WAL == 0 {
		return code
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := at[sqlite3.Tsqlite3_file](file)
	if own := l.over(tls, f.FpMethods); own != 0 { // else there is no memory: it is written as ever
		l.open[file] = &heldLog{base: at[sqlite3.Tsqlite3_io_methods](f.FpMethods)}
		f.FpMethods = own
	}
	return code
}

// over returns the methods of the layer over those at base, 0 where there is
// no memory for them.
func (l *framesLayer) over(tls *libc.TLS, base uintptr) uintptr {
	if own := l.methods[base]; own != 0 {
		return own
	}
	own := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
	if own == 0 {
		return 0
	}
	m := at[sqlite3.Tsqlite3_io_methods](own)
	*m = *at[sqlite3.Tsqlite3_io_methods](base)
	m.FxClose, m.FxRead, m.FxWrite = pointer(l, l.closeLog), pointer(l, l.read), pointer(l, l.write)
	m.FxTruncate, m.FxSync, m.FxFileSize = pointer(l, l.truncate), pointer(l, l.sync), pointer(l, l.fileSize)
	l.methods[base] = own
	return own
}

func (l *framesLayer) log(file uintptr) *heldLog {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.open[file]
}

func (l *framesLayer) write(tls *libc.TLS, file, data uintptr, n int32, to int64) int32 {
	h := l.log(file)
	if len(h.frames) >= maxFrames || to != h.at+int64(len(h.frames)) {
		if code := h.handOver(tls, file); code != sqlite3.SQLITE_OK {
			return code
		}
	}
	if n != frameHead && !h.page { // the head of the log, or a page that is written again
		if code := h.handOver(tls, file); code != sqlite3.SQLITE_OK {
			return code
		}
		return function[dataFunc](h.base.FxWrite)(tls, file, data, n, to)
	}
	if len(h.frames) == 0 {
		h.at = to
	}
	text := unsafe.Slice(at[byte](data), n)
	h.frames = append(h.frames, text...)
	if !h.page {
		h.page, h.ends = true, text[4]|text[5]|text[6]|text[7] != 0
		return sqlite3.SQLITE_OK
	}
	h.page = false
	if h.ends {
		return h.handOver(tls, file)
	}
	return sqlite3.SQLITE_OK
}

// handOver writes what is held back.
func (h *heldLog) handOver(tls *libc.TLS, file uintptr) int32 {
	code := int32(sqlite3.SQLITE_OK)
	for done := 0; done < len(h.frames) && code == sqlite3.SQLITE_OK; done += maxWrite {
		part := h.frames[done:min(done+maxWrite, len(h.frames))]
		code = function[dataFunc](h.base.FxWrite)(tls, file, uintptr(unsafe.Pointer(&part[0])), int32(len(part)), h.at+int64(done))
	}
	runtime.KeepAlive(h.frames)
	h.frames, h.page, h.ends = h.frames[:0], false, false
	return code
}

func (l *framesLayer) read(tls *libc.TLS, file, data uintptr, n int32, from int64) int32 {
	h := l.log(file)
	if code := h.handOver(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return function[dataFunc](h.base.FxRead)(tls, file, data, n, from)
}

func (l *framesLayer) truncate(tls *libc.TLS, file uintptr, size int64) int32 {
	h := l.log(file)
	if code := h.handOver(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return function[sizeFunc](h.base.FxTruncate)(tls, file, size)
}

func (l *framesLayer) sync(tls *libc.TLS, file uintptr, flags int32) int32 {
	h := l.log(file)
	if code := h.handOver(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return function[syncFunc](h.base.FxSync)(tls, file, flags)
}

func (l *framesLayer) fileSize(tls *libc.TLS, file, size uintptr) int32 {
	h := l.log(file)
	if code := h.handOver(tls, file); code != sqlite3.SQLITE_OK {
		return code
	}
	return function[tellFunc](h.base.FxFileSize)(tls, file, size)
}

// closeLog closes the file. What is still held back was never committed.
func (l *framesLayer) closeLog(tls *libc.TLS, file uintptr) int32 {
	h := l.log(file)
	code := h.handOver(tls, file)
	l.mu.Lock()
	delete(l.open, file)
	l.mu.Unlock()
	return max(code, function[fileFunc](h.base.FxClose)(tls, file))
}
