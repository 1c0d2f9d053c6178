// The words that scripts say: the page has them, in the language of whoever
// reads it. See the element #tn-say of the layout.

export const said = (name) => document.getElementById("tn-say")?.dataset[name] ?? "";
