// Package web is the face for people: the pages. It parses, calls and draws;
// what may be done and what follows is decided below. The parts that pages are
// built of are in package ui, the files that browsers load in web at the root.
package web
