package web

import (
	"time"

	"github.com/tenonhq/tenon/internal/csvimport"
	"github.com/tenonhq/tenon/internal/glueimport"
	"github.com/tenonhq/tenon/internal/reminder"
)

// daily is what the pages of running work, files and reminders need.
type daily struct {
	imports   *csvimport.Engine
	copies    *glueimport.Engine
	reminders *reminder.Engine
	// closing and workEvery are those of Options.
	closing   <-chan struct{}
	workEvery time.Duration
}

// dailyRoutes are the pages of what runs, what ends, and what comes in by files.
func dailyRoutes() []route {
	return []route{
		{method: get, path: "/expirations", handle: (*server).expirations},
		{method: get, path: "/organizations/{id}/expirations", handle: (*server).expirations},
		{method: get, path: "/running/events", handle: (*server).workEvents},
		{method: get, path: "/running/state", handle: (*server).workPoll},
		{method: get, path: "/running/notices", handle: (*server).workNotices},
		{method: get, path: "/import", handle: (*server).importFile},
		{method: post, path: "/import", handle: (*server).importUpload, upload: true},
		{method: get, path: "/import/columns", handle: (*server).importColumns},
		{method: get, path: "/import/check", handle: (*server).importCheck},
		{method: post, path: "/import/run", handle: (*server).importRun},
		{method: get, path: "/import/errors", handle: (*server).importErrors},
		{method: get, path: copyPath, handle: (*server).copyAccount},
		{method: post, path: copyPath, handle: (*server).copyPlan},
		{method: post, path: copyPath + "/run", handle: (*server).copyRun, once: true},
		{method: get, path: "/operations/{id}/problems", handle: (*server).copyProblems},
		{method: get, path: "/import/template", handle: (*server).importTemplate},
		{method: get, path: "/self/reminders", handle: (*server).remindersPage},
		{method: post, path: "/self/reminders", handle: (*server).remindersSave},
	}
}
