package glueimport

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/tenonhq/tenon"
	"github.com/tenonhq/tenon/internal/secret"
)

// TestPlanOfNobody plans a copy from an address at which nobody answers: that is
// said in words after a few tries.
func TestPlanOfNobody(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	e := &Engine{again: time.Millisecond}
	_, err = e.Plan(t.Context(), tenon.Viewer{Role: tenon.Administrator, Everywhere: true}, Options{URL: "http://" + address, Key: secret.NewText("k")})
	if tenon.CodeOf(err) != tenon.Unavailable || !strings.Contains(tenon.MessageOf(err), "does not answer. Nothing was copied.") {
		t.Errorf("a plan of nobody says %v", err)
	}
}
