// Package ui holds the parts that pages are built of: layout, tables, fields,
// notices, dialogs, the joint of a merge. A part takes plain values and draws
// them; it knows no record, no rule and no database. The pages, one floor up,
// fetch and decide.
//
// Parts follow three habits. They work without scripts: menus are details,
// dialogs are also pages, sorting and paging are links. They carry no inline
// style and no inline script, because the content security policy forbids both.
// And a state is never colour alone: an icon and a word stand beside it.
//
// Words that several parts share are in text.go. What a part is called in CSS
// begins with tn-; the sheets are in assets/css. Package specimen draws every
// part in every state.
package ui
