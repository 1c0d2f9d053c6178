// For scripts that are loaded beside that of all pages: its lists are put into
// order by what is loaded already.
export const startSorting = () => document.dispatchEvent(new CustomEvent("tn:sortable"));
