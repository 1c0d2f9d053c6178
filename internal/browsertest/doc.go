// Package browsertest drives the pages with a real Chromium: one server, one
// browser, and a page of its own, with cookies of its own, for each walk.
//
// What a walk clicks and types it names as a person would, by the words on the
// screen. It waits for what it names and for nothing else. When a walk fails,
// the page as it is then is kept as a picture among the artifacts of the test.
//
// A page takes note of what the console of the browser says: an exception, a
// script or a style that the content security policy refuses, or an answer that
// is a fault of ours fails the walk even when nobody would have seen it.
package browsertest
