package tenon

import "testing"

func TestFormat(t *testing.T) {
	t.Parallel()
	merged := Say("%s was merged into %s", "Quay", "Harbor Inc.")
	for _, c := range []struct {
		text string
		args []any
		want string
	}{
		{"It comes to %s. It stays.", []any{"Harbor Inc."}, "It comes to Harbor Inc. It stays."},
		{"It comes to %s.", []any{"Harbor"}, "It comes to Harbor."},
		{"%s went to %s.", []any{"Quay Ltd.", "Harbor Inc."}, "Quay Ltd. went to Harbor Inc."},
		{"%[2]s took %[1]s. %[1]s is gone.", []any{"Quay Ltd.", "Harbor Inc."}, "Harbor Inc. took Quay Ltd. Quay Ltd. is gone."},
		{"%s.", []any{merged}, "Quay was merged into Harbor Inc."},
		{"%d %% of %s.", []any{3, List{"A", "B Inc."}}, "3 % of A and B Inc."},
		{"%s, %s", []any{"A.", "B."}, "A., B."},
		{"%s.example", []any{"harbor."}, "harbor..example"},
		{"More of %s.", []any{"this..."}, "More of this...."},
		{"%q.", []any{"Harbor Inc."}, `"Harbor Inc.".`},
	} {
		if got := Format(c.text, c.args...); got != c.want {
			t.Errorf("%s of %v is %q, want %q", c.text, c.args, got, c.want)
		}
	}
	if got := merged.String(); got != "Quay was merged into Harbor Inc." {
		t.Errorf("the title is %q", got)
	}
}
