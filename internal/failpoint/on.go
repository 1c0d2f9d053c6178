//go:build failpoint

package failpoint

import (
	"os"
	"strconv"
	"strings"
	"sync"
)

// Env names the variable that says where the process kills itself:
// "merge/handed-over", or "store/committed@3" for the third time there.
const Env = "TENON_FAILPOINT"

// passed counts how often the step was passed. It is package state on purpose:
// this file is in no program but the tests', and steps are far apart.
var passed struct {
	sync.Mutex
	times int
}

// At kills the process, as SIGKILL does, when it is told to do so here.
func At(step string) {
	name, nth, _ := strings.Cut(os.Getenv(Env), "@")
	if step != name {
		return
	}
	passed.Lock()
	defer passed.Unlock()
	passed.times++
	if n, err := strconv.Atoi(nth); err == nil && passed.times < n {
		return
	}
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {} // until the signal is delivered
}
