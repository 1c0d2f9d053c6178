package tenon

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// cleanCase is a value that somebody sends and what becomes of it: nil is
// empty, bad is a refusal.
type cleanCase struct {
	f    Field
	in   any
	want any
}

const bad = "refused"

func TestCleanLines(t *testing.T) {
	t.Parallel()
	checkClean(t, []cleanCase{
		{Field{Type: Text}, nil, nil},
		{Field{Type: Text}, "  Acme  ", "Acme"},
		{Field{Type: Text}, " \t ", nil},
		{Field{Type: Text}, "a\nb", bad},
		{Field{Type: Text}, "a\u2028b", bad},
		{Field{Type: Text}, "a\x00b", bad},
		{Field{Type: Text}, "a\x1b[31mb", bad},
		{Field{Type: Text}, "\xff", bad},
		{Field{Type: Text}, 7, "7"},
		{Field{Type: Text}, 7.5, "7.5"},
		{Field{Type: Text}, json.Number("1e3"), "1e3"},
		{Field{Type: Text}, true, "true"},
		{Field{Type: Text}, []any{"a"}, bad},
		{Field{Type: Text}, map[string]any{}, bad},
		{Field{Type: Text}, strings.Repeat("ä", 255), strings.Repeat("ä", 255)},
		{Field{Type: Text}, " " + strings.Repeat("ä", 255) + " ", strings.Repeat("ä", 255)},
		{Field{Type: Text}, strings.Repeat("ä", 256), bad},
		{Field{Type: Text, Max: 3}, "abcd", bad},

		{Field{Type: LongText}, "a\r\nb\rc", "a\nb\nc"},
		{Field{Type: LongText}, " \n ", nil},
		{Field{Type: LongText}, " a ", " a "},
		{Field{Type: LongText}, "a\x00", bad},
		{Field{Type: Secret}, " ", " "},
		{Field{Type: Secret}, "", nil},
		{Field{Type: Secret}, "a\r\nb", "a\r\nb"},
	})
}

func TestCleanNumbersAndForms(t *testing.T) {
	t.Parallel()
	checkClean(t, []cleanCase{
		{Field{Type: Number}, "1.5", 1.5},
		{Field{Type: Number}, " 2 ", 2.0},
		{Field{Type: Number}, "", nil},
		{Field{Type: Number}, 0, 0.0},
		{Field{Type: Number}, math.Copysign(0, -1), 0.0},
		{Field{Type: Number}, "NaN", bad},
		{Field{Type: Number}, "1e999", bad},
		{Field{Type: Number}, "0x10", bad},
		{Field{Type: Number}, "1_000", bad},
		{Field{Type: Number}, true, bad},

		{Field{Type: Bool}, true, true},
		{Field{Type: Bool}, false, nil},
		{Field{Type: Bool}, "Yes", true},
		{Field{Type: Bool}, "off", nil},
		{Field{Type: Bool}, 1, true},
		{Field{Type: Bool}, json.Number("0"), nil},
		{Field{Type: Bool}, 2, bad},
		{Field{Type: Bool}, "maybe", bad},

		{Field{Type: Date}, "2026-02-28", "2026-02-28"},
		{Field{Type: Date}, "2026-02-30", bad},
		{Field{Type: Date}, "28.2.2026", bad},
		{Field{Type: Moment}, "2026-02-28T10:00:00Z", "2026-02-28T10:00:00Z"},
		{Field{Type: Moment}, "2026-02-28T12:00:00+02:00", "2026-02-28T10:00:00Z"},
		{Field{Type: Moment}, "2026-02-28T10:00:00.123456Z", "2026-02-28T10:00:00Z"},
		{Field{Type: Moment}, "2026-02-28", bad},

		{Field{Type: Email}, "a@b.example", "a@b.example"},
		{Field{Type: Email}, "Ann <a@b.example>", bad},
		{Field{Type: URL}, "https://a.example/?q=1", "https://a.example/?q=1"},
		{Field{Type: URL}, "a.example/x", "a.example/x"},
		{Field{Type: URL}, "10.0.0.1:8443", "10.0.0.1:8443"},
		{Field{Type: URL}, "javascript:alert(1)", bad},
		{Field{Type: URL}, "JaVaScRiPt:alert(1)", bad},
		{Field{Type: URL}, "java\tscript:alert(1)", bad},
		{Field{Type: URL}, "\x01javascript:alert(1)", bad},
		{Field{Type: URL}, "data:text/html,x", bad},
		{Field{Type: IP}, "10.0.0.1", "10.0.0.1"},
		{Field{Type: IP}, "10.0.0.0/24", "10.0.0.0/24"},
		{Field{Type: IP}, "fe80::1", "fe80::1"},
		{Field{Type: IP}, "300.0.0.1", bad},
		{Field{Type: MAC}, "00:11:22:33:44:55", "00:11:22:33:44:55"},
		{Field{Type: Choice, Options: []string{"a", "b"}}, "b", "b"},
		{Field{Type: Choice, Options: []string{"a", "b"}}, "c", bad},
		{Field{Type: Choice, Options: []string{"a", "b"}}, "", nil},
	})
}

func TestCleanIDsAndLists(t *testing.T) {
	t.Parallel()
	checkClean(t, []cleanCase{
		{Field{Type: Lookup}, "12", int64(12)},
		{Field{Type: Ref}, 12, int64(12)},
		{Field{Type: Ref}, 12.0, int64(12)},
		{Field{Type: Ref}, json.Number("12"), int64(12)},
		{Field{Type: Ref}, ItemID(12), int64(12)},
		{Field{Type: OrgRef}, OrgID(12), int64(12)},
		{Field{Type: Ref}, "0", nil},
		{Field{Type: Ref}, "", nil},
		{Field{Type: Ref}, 0.0, nil},
		{Field{Type: Ref}, 1.5, bad},
		{Field{Type: Ref}, -1, bad},
		{Field{Type: Ref}, "12x", bad},
		{Field{Type: Ref}, 1e300, bad},
		{Field{Type: Ref}, float64(1 << 52), bad},
		{Field{Type: Ref}, true, bad},

		{Field{Type: Strings}, []string{" a ", "", "b", "a"}, []string{"a", "b"}},
		{Field{Type: Strings}, []any{"a", 1}, []string{"a", "1"}},
		{Field{Type: Strings}, "a, b,,a", []string{"a", "b"}},
		{Field{Type: Strings}, []any{}, nil},
		{Field{Type: Strings}, []any{nil, "a"}, bad},
		{Field{Type: Strings}, []any{"a\nb"}, bad},
		{Field{Type: Strings}, 7, bad},

		{Field{Type: Emails}, "a@b.example, c@d.example", []Address{{Value: "a@b.example", Primary: true}, {Value: "c@d.example"}}},
		{Field{Type: Emails}, []any{map[string]any{"value": " a@b.example "}, map[string]any{"value": "c@d.example", "primary": true, "label": " Work "}},
			[]Address{{Value: "a@b.example"}, {Value: "c@d.example", Label: "Work", Primary: true}}},
		{Field{Type: Emails}, []Address{{Value: "a@b.example", Primary: true}, {Value: "c@d.example", Primary: true}},
			[]Address{{Value: "a@b.example", Primary: true}, {Value: "c@d.example"}}},
		{Field{Type: Emails}, []any{map[string]any{"value": "nobody"}}, bad},
		{Field{Type: Emails}, []any{}, nil},
		{Field{Type: Emails}, map[string]any{"value": "a@b.example"}, bad},
		{Field{Type: Phones}, "+1 312 555 0100", []Address{{Value: "+1 312 555 0100", Primary: true}}},
		{Field{Type: Phones}, []any{map[string]any{"value": 5}}, bad},

		{Field{Type: Object}, map[string]any{"a": int64(1), "b": nil, "c": []string{"x"}}, map[string]any{"a": 1.0, "c": []any{"x"}}},
		{Field{Type: Object}, Values{"a": true}, map[string]any{"a": true}},
		{Field{Type: Object}, map[string]any{"a": nil}, nil},
		{Field{Type: Object}, "{}", bad},
		{Field{Type: Object}, map[string]any{"a": "\x00"}, bad},
		{Field{Type: "nonsense"}, "x", bad},
	})
}

func checkClean(t *testing.T, cases []cleanCase) {
	t.Helper()
	for _, c := range cases {
		c.f.Name, c.f.Label = "field", "Field"
		got, err := c.f.Clean(c.in)
		if c.want == bad {
			if CodeOf(err) != Invalid {
				t.Errorf("%s of %#v: got %#v, %v; want a refusal", c.f.Type, c.in, got, err)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s of %#v: got %#v, %v; want %#v", c.f.Type, c.in, got, err, c.want)
		}
	}
}

var testSchema = Schema{
	{Name: "name", Label: "Name", Type: Text, Required: true},
	{Name: "important", Label: "Important", Type: Bool},
	{Name: "tags", Label: "Tags", Type: Strings},
	{Name: "seen_at", Label: "Seen at", Type: Moment, ReadOnly: true},
	{Name: "password", Label: "Password", Type: Secret},
	{Name: "token", Label: "Token", Type: Secret, Required: true},
	{Name: "custom", Label: "Custom", Type: Object},
}

func TestApply(t *testing.T) {
	t.Parallel()
	old := Values{"name": "Acme", "important": true, "tags": []string{"a"}, "seen_at": "2026-01-01T00:00:00Z"}
	for _, c := range []struct {
		name    string
		change  Values
		want    Values
		changed []string
		field   string // of the refusal
	}{
		{"nothing", Values{}, old, nil, ""},
		{"the same", Values{"name": " Acme ", "important": "yes", "tags": "a,a"}, old, nil, ""},
		{"in the schema's order", Values{"tags": []any{"b"}, "name": "Beta"}, Values{"name": "Beta", "important": true, "tags": []string{"b"}, "seen_at": "2026-01-01T00:00:00Z"}, []string{"name", "tags"}, ""},
		{"cleared by nil and by empty", Values{"important": nil, "tags": ""}, Values{"name": "Acme", "seen_at": "2026-01-01T00:00:00Z"}, []string{"important", "tags"}, ""},
		{"false is empty", Values{"important": false}, Values{"name": "Acme", "tags": []string{"a"}, "seen_at": "2026-01-01T00:00:00Z"}, []string{"important"}, ""},
		{"read-only and secret are passed over", Values{"seen_at": "x", "password": "x"}, old, nil, ""},
		{"required", Values{"name": " "}, nil, nil, "name"},
		{"unknown", Values{"colour": "red"}, nil, nil, "colour"},
		{"wrong", Values{"important": "maybe"}, nil, nil, "important"},
	} {
		before := old.JSON()
		got, changed, err := testSchema.Apply(old, c.change)
		if old.JSON() != before {
			t.Fatalf("%s: the old values were changed", c.name)
		}
		if c.field != "" {
			e, ok := err.(*Error)
			if !ok || e.Code != Invalid || e.Field != c.field {
				t.Errorf("%s: got %v, want a refusal of %s", c.name, err, c.field)
			}
			continue
		}
		if err != nil || !got.Equal(c.want) || !reflect.DeepEqual(changed, c.changed) {
			t.Errorf("%s: got %s, %v, %v; want %s, %v", c.name, got.JSON(), changed, err, c.want.JSON(), c.changed)
		}
	}
}

func TestValuesSurviveStorage(t *testing.T) {
	t.Parallel()
	for i := range Kinds {
		schema := Kinds[i].Fields
		v := Values{}
		for j := range schema {
			f := &schema[j]
			if x := example(f); x != nil {
				c, err := f.Clean(x)
				if err != nil {
					t.Fatalf("%s.%s: %v", Kinds[i].Name, f.Name, err)
				}
				v[f.Name] = c
			}
		}
		back, err := ParseValues(schema, v.JSON())
		if err != nil || !reflect.DeepEqual(back, v) {
			t.Errorf("%s: got %#v, %v; want %#v", Kinds[i].Name, back, err, v)
		}
	}
	if v, err := ParseValues(testSchema, `{"name":"x","of_a_newer_version":1}`); err != nil || len(v) != 1 {
		t.Errorf("a field of a newer version: %v, %v", v, err)
	}
	if _, err := ParseValues(testSchema, `{"name":`); err == nil {
		t.Error("cut text was read")
	}
}

// example is a value that fits the field, nil for none.
func example(f *Field) any {
	switch f.Type {
	case Secret:
		return nil
	case Number:
		return 1.5
	case Bool:
		return true
	case Date:
		return "2026-01-31"
	case Moment:
		return "2026-01-31T08:00:00Z"
	case IP:
		return "10.0.0.1"
	case MAC:
		return "00:11:22:33:44:55"
	case Choice:
		return f.Options[0]
	case Lookup, Ref, OrgRef, UserRef, GroupRef:
		return int64(MaxID)
	case Strings:
		return []string{"a", "b"}
	case Emails:
		return "a@b.example"
	case Phones:
		return "+1 312 555 0100"
	case Object:
		return map[string]any{"a": []any{1.0, "x"}, "b": true}
	}
	return "text"
}

// TestKindsAreWhole holds the declarations to what the code takes for granted.
func TestKindsAreWhole(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	check := func(where string, s Schema) {
		seen := map[string]bool{}
		for i := range s {
			f := &s[i]
			if f.Name == "" || f.Label == "" || seen[f.Name] {
				t.Errorf("%s: field %q has no name, no label, or is there twice", where, f.Name)
			}
			seen[f.Name] = true
			switch {
			case f.Type == Choice && len(f.Options) == 0:
				t.Errorf("%s.%s has nothing to choose from", where, f.Name)
			case f.Type == Lookup && f.List != "flexible_asset_types" && ListNamed(f.List) == nil:
				t.Errorf("%s.%s names the list %q, which does not exist", where, f.Name, f.List)
			case f.Host && (f.Type != Ref || !f.Index):
				t.Errorf("%s.%s: what an item hangs on is an indexed reference", where, f.Name)
			case f.Expires && f.Type != Date:
				t.Errorf("%s.%s expires and is no date", where, f.Name)
			}
		}
	}
	for i := range Kinds {
		k := &Kinds[i]
		for _, n := range []string{k.Name, k.Plural} {
			if n == "" || names[n] {
				t.Errorf("the name %q is empty or there twice", n)
			}
			names[n] = true
			if KindNamed(n) != k.Kind {
				t.Errorf("%q is not found", n)
			}
		}
		check(k.Name, k.Fields)
		for _, f := range append(append([]string{}, k.Title...), k.Type, k.Status) {
			if f != "" && k.Fields.Field(f) == nil {
				t.Errorf("%s names the field %q, which it has not", k.Name, f)
			}
		}
		for j := range k.Parts {
			check(k.Name+"."+k.Parts[j].Name, k.Parts[j].Fields)
		}
	}
	check("organization", OrganizationFields)
	for _, l := range Lists {
		if l.Parent != "" && ListNamed(l.Parent) == nil {
			t.Errorf("%s has the parent list %q, which does not exist", l.Name, l.Parent)
		}
	}
}

// FuzzClean proves that whatever is accepted is stable: cleaning it again, and
// writing and reading it, give the same.
func FuzzClean(f *testing.F) {
	for _, s := range []string{`"text"`, `12`, `[1,"a"]`, `{"a":{"b":[null]}}`, `[{"value":"a@b.example","primary":true}]`, `"2026-01-31"`, `"2026-01-31T08:00:00+02:00"`, `"java\tscript:x"`, `true`, `1e400`, `"\u0000"`, `"\ud800"`} {
		f.Add(s)
	}
	types := []FieldType{Text, LongText, RichText, Number, Bool, Date, Moment, Email, Phone, URL, IP, MAC, Choice, Lookup, Ref, Strings, Emails, Phones, Object, Secret, File}
	f.Fuzz(func(t *testing.T, in string) {
		d := json.NewDecoder(strings.NewReader(in))
		d.UseNumber()
		var x any
		if d.Decode(&x) != nil {
			x = in
		}
		for _, typ := range types {
			one := Field{Name: "f", Label: "F", Type: typ, Options: []string{"a", "b"}}
			got, err := one.Clean(x)
			if err != nil {
				if CodeOf(err) != Invalid || !utf8.ValidString(MessageOf(err)) {
					t.Fatalf("%s of %q: %v", typ, in, err)
				}
				continue
			}
			again, err := one.Clean(got)
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Fatalf("%s of %q: %#v becomes %#v, %v", typ, in, got, again, err)
			}
			if got == nil {
				continue
			}
			back, err := ParseValues(Schema{one}, Values{"f": got}.JSON())
			if err != nil || !reflect.DeepEqual(back["f"], got) {
				t.Fatalf("%s of %q: %#v reads back as %#v, %v", typ, in, got, back["f"], err)
			}
		}
	})
}
