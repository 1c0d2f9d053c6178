package richtext

import (
	"strings"
	"testing"
)

func TestSanitize(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{`<p>Plain <b>bold</b></p>`, `<p>Plain <b>bold</b></p>`},
		{`<script>alert(1)</script>x`, `x`},
		{`<img src=x onerror=alert(1)>`, `<img src="x">`},
		{`<a href="javascript:alert(1)">x</a>`, `x`},
		{"<a href=\"java\tscript:alert(1)\">x</a>", `x`},
		{`<a href="data:text/html,<script>alert(1)</script>">x</a>`, `x`},
		{`<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>`, `x`},
		{`<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)>`, ``},
		{`<p style="background:url(//evil.example)">x</p>`, `<p>x</p>`},
		{`<div onclick="x()" data-hx-post="/sign-out">x</div>`, `<div>x</div>`},
		{`<iframe src="//evil.example"></iframe>`, ``},
		{`<form action="/sign-out"><button>x</button></form>`, `x`},
		{`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`, `<img src="x">&#34;&gt;`},
		{`<li data-checked="true">x</li>`, `<li data-checked="true">x</li>`},
		{`<li data-checked="x onclick=1">x</li>`, `<li>x</li>`},
		{`<a href="/items/5" data-record="5">The Secret Server</a>`, `<a href="/items/5" data-record="5" rel="nofollow">Record 5</a>`},
		{`<a href="https://evil.example" data-record="5"><b>x</b></a>`, `<a href="/items/5" data-record="5" rel="nofollow">Record 5</a>`},
		{`<a href="/organizations/7" data-record="7">Acme</a>`, `<a href="/organizations/7" data-record="7" rel="nofollow">Record 7</a>`},
		{`<a href="/x" data-record="javascript:1">y</a>`, `<a href="/x" rel="nofollow">y</a>`},
	}
	for _, tt := range tests {
		got := Sanitize(tt.in)
		if got != tt.want {
			t.Errorf("Sanitize(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
		if again := Sanitize(got); again != got {
			t.Errorf("Sanitize(%q) is %q, and sanitized again %q", tt.in, got, again)
		}
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"bare text", "Hello\n world", "<p>Hello world</p>"},
		{"one element for each meaning", "<p><b>a</b> <i>b</i> <del>c</del></p>", "<p><strong>a</strong> <em>b</em> <s>c</s></p>"},
		{"divs are paragraphs", "<div>a</div><div>b<div>c</div></div>", "<p>a</p>\n<p>b</p>\n<p>c</p>"},
		{"empty blocks", "<p><br></p><p>&nbsp;</p><p>a<br></p>", "<p>a</p>"},
		{"the page has the first rank", "<h1>a</h1>", "<h2>a</h2>"},
		{"blanks go out of marks", "<p>a<b> b </b>c</p>", "<p>a <strong>b</strong> c</p>"},
		{"marks that meet", "<p><b>a</b><strong>b</strong></p>", "<p><strong>ab</strong></p>"},
		{"an entry with a paragraph", "<ul><li><p>a</p></li><li><p>b</p><ul><li><div>c</div></li></ul></li></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"},
		{"a list beside entries", "<ul><li>a</li><ul><li>b</li></ul></ul>", "<ul><li>a<ul><li>b</li></ul></li></ul>"},
		{"check list", `<ul data-type="x"><li data-checked="true"><p>a</p></li></ul>`, `<ul><li data-checked="true">a</li></ul>`},
		{"table", "<table><tbody><tr><th><p>a</p></th></tr><tr><td><p>b</p></td></tr></tbody></table>", "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"},
		{"code", "<pre>a<br>b  c</pre>", "<pre><code>a\nb  c\n</code></pre>"},
		{"step", `<div data-step="5"><p>a</p></div>`, `<div data-step="5"><p>a</p></div>`},
		{"step in step", `<div data-step="5"><p>a</p><div data-step=""><p>b</p></div></div>`, `<div data-step="5"><p>a</p><p>b</p></div>`},
		{"no scripts", "<script>x</script><p>a<script>y</script></p>", "<p>a</p>"},
		{"record", `<p>See <a data-record="7" href="/items/7">Core switch</a>.</p>`, `<p>See <a href="/items/7" data-record="7" rel="nofollow">Record 7</a>.</p>`},
	}
	for _, tt := range tests {
		got := Tidy(tt.in)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if again := Tidy(got); again != got {
			t.Errorf("%s: tidied again: got %q, want %q", tt.name, again, got)
		}
	}
}

const walkThrough = `<h2>Backup &amp; restore</h2>
<p>Ask <a href="/items/12" data-record="12" rel="nofollow">Record 12</a> first, then <strong>call</strong> <u>them</u>.</p>
<ul><li data-checked="true">a *star*</li><li data-checked="false">b<ul><li>c</li></ul></li></ul>
<ol start="3"><li>three</li><li>four</li></ol>
<table><thead><tr><th>Host</th><th>Port</th></tr></thead><tbody><tr><td><code>a|b</code></td><td>22</td></tr></tbody></table>
<table><tbody><tr><td colspan="2">wide</td></tr><tr><td>a</td><td>b</td></tr></tbody></table>
<pre><code>if x {
    y()

}
</code></pre>
<div data-step="15"><p>Open the box</p><p><img src="/attachments/4" alt="The box"></p></div>
<div data-gallery=""><p><img src="/attachments/5"></p></div>
<blockquote><p>Quoted</p></blockquote>
<hr>
<p>1. not a list<br>- nor this</p>`

func TestMarkdown(t *testing.T) {
	t.Parallel()
	body := Tidy(walkThrough)
	got := ToMarkdown(body, func(int64) string { return "Core [switch]" })
	for _, want := range []string{"# Backup & restore", "[[12 Core switch]]", "**call**", "<u>them</u>", `- [x] a \*star\*`, "- [ ] b\n  - c",
		"3. three", "| Host | Port |\n| --- | --- |\n", `<td colspan="2">`, "```\nif x {\n    y()\n\n}\n```", "::: step 15\nOpen the box\n\n![The box](/attachments/4)\n:::", "::: gallery", "> Quoted", `1\. not a list`} {
		if !strings.Contains(got, want) {
			t.Errorf("the Markdown lacks %q:\n%s", want, got)
		}
	}
	if back := FromMarkdown(got); back != body {
		t.Errorf("read back:\n got %s\nwant %s", back, body)
	}
}

func TestFromMarkdown(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"# One\n\nTwo", "<h2>One</h2>\n<p>Two</p>"},
		{"Two\n===\n", "<h2>Two</h2>"},
		{"See [[5]] and [[6 Core switch]].", `<p>See <a href="/items/5" data-record="5" rel="nofollow">Record 5</a> and <a href="/items/6" data-record="6" rel="nofollow">Record 6</a>.</p>`},
		{"`[[5]]` and [[x]]", "<p><code>[[5]]</code> and [[x]]</p>"},
		{"- [x] a\n- [ ] b", `<ul><li data-checked="true">a</li><li data-checked="false">b</li></ul>`},
		{"::: step 5\nOpen\n:::\nafter", "<div data-step=\"5\"><p>Open</p></div>\n<p>after</p>"},
		{"```\n::: step\n```", "<pre><code>::: step\n</code></pre>"},
		{"a\r\nb", "<p>a b</p>"},
		{"<script>alert(1)</script>\n\nx", "<p>x</p>"},
	}
	for _, tt := range tests {
		if got := FromMarkdown(tt.in); got != tt.want {
			t.Errorf("FromMarkdown(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func TestSections(t *testing.T) {
	t.Parallel()
	body := Tidy(walkThrough)
	sections := Split(body)
	var kinds []string
	for _, s := range sections {
		kinds = append(kinds, s.Type)
	}
	if got, want := strings.Join(kinds, " "), "Heading Text Step Gallery Text"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if sections[0].Level != 1 || sections[0].Content != "Backup &amp; restore" || sections[2].Minutes != 15 {
		t.Errorf("got %+v and %+v", sections[0], sections[2])
	}
	if back := Join(sections); back != body {
		t.Errorf("joined:\n got %s\nwant %s", back, body)
	}
	if got := Join([]Section{{Type: Heading, Content: "A", Level: 9}, {Type: Text}, {Type: Step, Content: "plain"}}); got != "<h6>A</h6>\n<div data-step=\"\"><p>plain</p></div>" {
		t.Errorf("got %q", got)
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	find := func(id int64) (Record, bool) {
		return Record{ID: 9, Name: "Core <switch>", Path: "/items/9"}, id == 5
	}
	tests := []struct{ in, want string }{
		{"a < b & c", "a &lt; b &amp; c"},
		{`<p>See <a href="/items/5" data-record="5">Record 5</a></p>`, `<p>See <a href="/items/9" class="tn-record" rel="nofollow noreferrer">Core &lt;switch&gt;</a></p>`},
		{`<a href="/items/6" data-record="6">Secret name</a>`, `<span class="tn-gone">` + TextNoRecord + `</span>`},
		{`<img src="/attachments/4">`, `<img src="/attachments/4" loading="lazy" alt=""/>`},
		{`<img src="https://evil.example/x.png" alt="A">`, `<a href="https://evil.example/x.png" rel="nofollow noreferrer">A (picture at evil.example)</a>`},
		{`<img src="javascript:alert(1)">`, `Picture elsewhere`},
		{`<ul><li data-checked="true">x</li></ul>`, `<ul><li class="tn-checked"><span class="tn-hidden">Done: </span>x</li></ul>`},
		{`<p class="tn-hidden" id="x" data-key="m">x</p>`, `<p>x</p>`},
		{`<span class="tn-hidden">x</span>`, `<span>x</span>`},
		{`<h1>x</h1>`, `x`},
	}
	for _, tt := range tests {
		if got := Show(tt.in, find); got != tt.want {
			t.Errorf("Show(%q)\n got %q\nwant %q", tt.in, got, tt.want)
		}
	}
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	text := `<p><img src="/attachments/4"><img src="/attachments/x"><img src="/attachments/5" alt="b"></p>`
	if got := Attachments(text); len(got) != 2 || got[0] != 4 || got[1] != 5 {
		t.Errorf("got %v, want 4 and 5", got)
	}
	if got := WithAttachments(text, map[int64]int64{5: 50}); !strings.Contains(got, `src="/attachments/50" alt="b"`) || !strings.Contains(got, `src="/attachments/4"`) {
		t.Errorf("got %s", got)
	}
}

// FuzzRoundTrip proves that a body goes through Markdown and comes back the
// same, whatever HTML it was made of, and that cleaning is done once for all.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{walkThrough, "<p>a</p>", "<ul><li>a</li></ul><ul><li>b</li></ul>", "<p>***a***</p>", "<p><b><i>a</i></b>b</p>", "<pre>```\n\n~~~</pre>",
		"<p>[[5]] ::: step</p>", "<p>:::</p>", "<table><tr><td>a</table>", "<p>a\\</p><p>&amp;amp;</p>", "<blockquote><ul><li>a<p>b</p></li></ul></blockquote>", "<p><a href='/x y'>l</a>!<img src=/a></p>",
		"<ol><li>a<pre>x\n\ny</pre></li></ol>", "<p># a</p>", "<p>a<br># b</p>", "<h2>a #</h2>", "<p>&lt;b&gt;</p>", "<div data-step=3><ul><li>x</ul></div>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		clean := Sanitize(text)
		if again := Sanitize(clean); again != clean {
			t.Fatalf("sanitized again: got %q, want %q", again, clean)
		}
		body := Tidy(clean)
		if again := Tidy(body); again != body {
			t.Fatalf("tidied again: got %q, want %q", again, body)
		}
		if joined := Join(Split(body)); joined != body {
			t.Fatalf("split and joined: got %q, want %q", joined, body)
		}
		md := ToMarkdown(body, nil)
		if back := FromMarkdown(md); back != body {
			t.Fatalf("through Markdown %q: got %q, want %q", md, back, body)
		}
	})
}
