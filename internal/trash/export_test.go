package trash

// Small makes acts on many of what would be one transaction, so that a test
// needs tens of records and not thousands.
func (e *Engine) Small() { e.single, e.chunk = 5, 4 }
