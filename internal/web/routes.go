package web

import (
	"net/http"

	"github.com/tenonhq/tenon"
)

// route is one page or act: its address and what answers it.
type route struct {
	method string
	path   string
	handle func(*server, http.ResponseWriter, *http.Request) error
	// open routes are there for those who are not signed in.
	open bool
	// upload marks a form that may carry files.
	upload bool
	// once marks a form that makes something: sent twice, it makes one.
	once bool
	// keeps marks a form whose page can be shown again as it was sent.
	keeps bool
	// proves marks a form that may ask for a fresh proof of who sends it: what was
	// typed is carried through that.
	proves bool
}

const (
	get  = http.MethodGet
	post = http.MethodPost
)

// routes is the table of all pages. A GET changes nothing.
func routes() []route {
	all := []route{
		{method: get, path: "/{$}", handle: (*server).home},
		{method: get, path: "/organizations", handle: (*server).organizations},
		{method: get, path: "/organizations/suggest", handle: (*server).suggestOrganizations},
		{method: post, path: "/organizations", handle: (*server).organizationCreate, upload: true, once: true, keeps: true},
		{method: get, path: "/organizations/new", handle: (*server).organizationNew},
		{method: get, path: "/organizations/{id}", handle: (*server).organization},
		{method: post, path: "/organizations/{id}", handle: (*server).organizationUpdate, upload: true, keeps: true},
		{method: get, path: "/organizations/{id}/edit", handle: (*server).organizationEdit},
		{method: get, path: "/organizations/{id}/logo", handle: (*server).organizationLogo},
		{method: get, path: "/items/suggest", handle: (*server).suggestItems},
		{method: get, path: "/items/{item}", handle: (*server).item},
		{method: post, path: "/items/{item}", handle: (*server).itemUpdate, keeps: true},
		{method: get, path: "/items/{item}/edit", handle: (*server).itemEdit},
		{method: get, path: "/items/{item}/history", handle: (*server).itemHistory},
		{method: post, path: "/items/{item}/history/{version}/restore", handle: (*server).itemRestoreVersion},
		{method: post, path: "/items/{item}/reveal", handle: (*server).reveal},
		{method: post, path: "/items/{item}/attachments", handle: (*server).attach, upload: true},
		{method: get, path: "/organizations/{id}/history", handle: (*server).organizationHistory},
		{method: post, path: "/organizations/{id}/history/{version}/restore", handle: (*server).organizationRestoreVersion},
		{method: get, path: "/items/{item}/activity", handle: (*server).itemActivity},
		{method: get, path: "/organizations/{id}/activity", handle: (*server).organizationActivity},
		{method: get, path: "/organizations/{id}/access", handle: (*server).access},
		{method: get, path: "/activity", handle: (*server).activity},
		{method: get, path: "/work", handle: (*server).work},
		{method: get, path: "/help/keys", handle: (*server).keysPage},

		{method: get, path: "/organizations/{id}/merge", handle: (*server).mergeTarget},
		{method: get, path: "/merge", handle: (*server).mergePlan},
		{method: get, path: "/merge/confirm", handle: (*server).mergeConfirm},
		{method: post, path: "/merge", handle: (*server).mergeRun},
		{method: get, path: "/operations", handle: (*server).operationsPage},
		{method: get, path: "/operations/{id}", handle: (*server).operationPage},
		{method: post, path: "/operations/{id}/undo", handle: (*server).undoOperation},
		{method: post, path: "/operations/{id}/cancel", handle: (*server).cancelOperation},
		{method: get, path: "/organizations/{id}/delete", handle: (*server).deleteOne},
		{method: get, path: "/delete", handle: actPage(planDelete)},
		{method: post, path: "/delete", handle: actRun(planDelete)},
		{method: get, path: "/items/act", handle: (*server).itemsPage},
		{method: post, path: "/items/act", handle: actRun(planItems)},
		{method: get, path: "/items/merge", handle: (*server).itemMergePage},
		{method: post, path: "/items/merge", handle: actRun(planItemMerge)},
		{method: get, path: "/trash", handle: (*server).trashPage},
		{method: post, path: "/trash/restore", handle: (*server).restore},
		{method: get, path: "/trash/purge", handle: actPage(planPurge)},
		{method: post, path: "/trash/purge", handle: actRun(planPurge)},
	}
	all = append(all, firstRoutes()...)
	all = append(all, writingRoutes()...)
	all = append(all, listRoutes()...)
	all = append(all, itemRoutes()...)
	all = append(all, flexTypeRoutes()...)
	all = append(append(all, accountRoutes()...), searchRoutes()...)
	all = append(all, peopleRoutes()...)
	for i := range tenon.Kinds {
		all = append(all, kindRoutes(&tenon.Kinds[i])...)
	}
	return append(all, dailyRoutes()...)
}

// firstRoutes are those of the first quarter of an hour, and of the help.
func firstRoutes() []route {
	return []route{
		{method: get, path: helpPath, handle: (*server).help},
		{method: get, path: "/help/{page}", handle: (*server).helpGuide},
		{method: get, path: "/help/reference/{page}", handle: (*server).helpReference},
		{method: get, path: companyPath, handle: (*server).welcome},
		{method: post, path: companyPath, handle: (*server).welcomeSave},
		{method: get, path: beginPath, handle: (*server).beginPage},
		{method: post, path: "/demo", handle: (*server).demoStart},
		{method: get, path: removePath, handle: (*server).demoRemovePage},
		{method: post, path: removePath, handle: actRun(planDemo)},
	}
}

// listRoutes are what people keep of lists, do with many, and take out of them.
func listRoutes() []route {
	return []route{
		{method: get, path: assetsPath, handle: (*server).assetsPage},
		{method: get, path: "/organizations/act", handle: (*server).organizationsActPage},
		{method: post, path: "/organizations/act", handle: actRun(planOrganizationsAct)},
		{method: post, path: "/views", handle: (*server).viewSave},
		{method: post, path: "/views/{view}/delete", handle: (*server).viewDelete},
		{method: post, path: "/lists/columns", handle: (*server).columnsSave},
		{method: post, path: "/export", handle: (*server).export},
		{method: post, path: "/favourites", handle: (*server).favourite},
		{method: post, path: "/opened", handle: (*server).opened},
	}
}

// searchRoutes are the page of what was found, and the palette's answers.
func searchRoutes() []route {
	return []route{
		{method: get, path: "/search", handle: (*server).search},
		{method: get, path: "/search/palette", handle: (*server).palette},
	}
}

// itemRoutes are the pages and acts of one item beside its own page.
func itemRoutes() []route {
	return []route{
		{method: get, path: "/attachments/{file}", handle: (*server).attachment},
		{method: get, path: "/attachments/{file}/view", handle: (*server).attachmentPage},
		{method: get, path: "/attachments/{file}/preview", handle: (*server).attachmentPreview},
		{method: post, path: "/attachments/{file}/remove", handle: (*server).attachmentRemove},
		{method: get, path: "/items/compare", handle: (*server).itemCompare},
		{method: post, path: "/items/{item}/related", handle: (*server).relate},
		{method: post, path: "/items/{item}/related/remove", handle: (*server).unrelate},
		{method: post, path: "/items/{item}/parts", handle: (*server).partSave, once: true},
		{method: post, path: "/items/{item}/parts/remove", handle: (*server).partRemove},
		{method: post, path: "/items/{item}/members", handle: (*server).memberAdd},
		{method: post, path: "/items/{item}/members/remove", handle: (*server).memberRemove},
		{method: get, path: "/items/{item}/access", handle: (*server).restrictPage},
		{method: post, path: "/items/{item}/access", handle: (*server).restrictSave},
		{method: get, path: "/items/{item}/secrets", handle: (*server).secrets},
		{method: post, path: "/items/{item}/secrets", handle: (*server).secrets},
		{method: post, path: "/strength", handle: (*server).strength},
		{method: get, path: "/items/{item}/history/compare", handle: (*server).itemHistoryCompare},
		{method: get, path: "/organizations/{id}/history/compare", handle: (*server).organizationHistoryCompare},
	}
}

// accountRoutes are the pages of who signs in, and of the account.
func accountRoutes() []route {
	return []route{
		{method: get, path: "/sign-in", handle: (*server).signInPage, open: true},
		{method: post, path: "/sign-in", handle: (*server).signIn, open: true},
		{method: post, path: "/sign-out", handle: (*server).signOut, open: true},
		{method: get, path: "/forgot", handle: (*server).forgotPage, open: true},
		{method: post, path: "/forgot", handle: (*server).forgot, open: true},
		{method: get, path: "/link/{token}", handle: (*server).linkPage, open: true},
		{method: post, path: "/link/{token}", handle: (*server).redeemLink, open: true},
		{method: get, path: "/settings", handle: (*server).settings},
		{method: post, path: "/settings", handle: (*server).settingsSave},
		{method: get, path: "/settings/mail", handle: (*server).mailPage},
		{method: post, path: "/settings/mail/test", handle: (*server).mailTest},
		{method: get, path: exportsPath, handle: (*server).exportsPage},
		{method: post, path: exportsPath, handle: (*server).exportStart},
		{method: post, path: exportsPath + "/{export}/download", handle: (*server).exportDownload},
		{method: post, path: exportsPath + "/{export}/delete", handle: (*server).exportDelete},
		{method: get, path: "/integrations", handle: (*server).integrations},
		{method: get, path: "/keys", handle: (*server).keys},
		{method: post, path: "/keys/{key}/revoke", handle: (*server).keyRevoke},
		{method: get, path: "/self", handle: (*server).self},
		{method: post, path: "/self", handle: (*server).selfSave, proves: true},
		{method: get, path: "/self/security", handle: (*server).selfSecurity},
		{method: get, path: "/self/keys", handle: (*server).selfKeys},
		{method: post, path: "/self/keys", handle: (*server).keyCreate, proves: true},
		{method: post, path: "/self/recovery", handle: (*server).recoveryNew},
		{method: post, path: "/self/recovery/file", handle: (*server).recoveryFile},
		{method: get, path: "/self/prove", handle: (*server).provePage},
		{method: post, path: "/self/prove", handle: (*server).prove},
		{method: get, path: "/self/factor", handle: (*server).factorPage},
		{method: post, path: "/self/factor", handle: (*server).factorEnrol},
		{method: post, path: "/self/password", handle: (*server).passwordChange},
		{method: post, path: "/self/sessions/end", handle: (*server).sessionsEnd},
	}
}

// peopleRoutes are the pages of users and groups.
func peopleRoutes() []route {
	return []route{
		{method: get, path: "/users", handle: (*server).users},
		{method: post, path: "/users", handle: (*server).userCreate},
		{method: get, path: "/users/new", handle: (*server).userNew},
		{method: get, path: "/users/{user}", handle: (*server).user},
		{method: post, path: "/users/{user}", handle: (*server).userUpdate, proves: true},
		{method: get, path: "/users/{user}/edit", handle: (*server).userEdit},
		{method: get, path: "/users/{user}/security", handle: (*server).userSecurity},
		{method: post, path: "/users/{user}/link", handle: (*server).userLink},
		{method: post, path: "/users/{user}/mail", handle: (*server).userMail},
		{method: post, path: "/users/{user}/state", handle: (*server).userState},
		{method: post, path: "/users/{user}/sessions/end", handle: (*server).userSessionsEnd},
		{method: post, path: "/users/{user}/grants", handle: (*server).userGrant},
		{method: post, path: "/users/{user}/grants/end", handle: (*server).userGrantEnd},
		{method: post, path: "/users/{user}/factor/off", handle: (*server).factorOff},
		{method: get, path: "/groups", handle: (*server).groups},
		{method: post, path: "/groups", handle: (*server).groupCreate},
		{method: get, path: "/groups/new", handle: (*server).groupNew},
		{method: get, path: "/groups/{group}", handle: (*server).group},
		{method: post, path: "/groups/{group}", handle: (*server).groupUpdate},
		{method: get, path: "/groups/{group}/edit", handle: (*server).groupEdit},
		{method: post, path: "/groups/{group}/members", handle: (*server).groupMember},
		{method: post, path: "/groups/{group}/members/end", handle: (*server).groupMemberEnd},
		{method: post, path: "/groups/{group}/grants", handle: (*server).groupGrant},
		{method: post, path: "/groups/{group}/grants/end", handle: (*server).groupGrantEnd},
		{method: get, path: "/groups/{group}/delete", handle: (*server).groupDelete},
		{method: post, path: "/groups/{group}/delete", handle: (*server).groupDeleteRun},
	}
}

// kindRoutes are the pages that every kind of item has.
func kindRoutes(k *tenon.KindInfo) []route {
	of := func(fn func(*server, http.ResponseWriter, *http.Request, *tenon.KindInfo) error) func(*server, http.ResponseWriter, *http.Request) error {
		return func(s *server, w http.ResponseWriter, r *http.Request) error { return fn(s, w, r, k) }
	}
	list := (*server).itemList
	if k.Kind == tenon.Document {
		list = (*server).documents
	}
	return []route{
		{method: get, path: "/" + k.Plural, handle: of((*server).itemList)},
		{method: get, path: "/" + k.Plural + "/{item}", handle: of((*server).itemUnder)},
		{method: get, path: "/organizations/{id}/" + k.Plural, handle: of(list)},
		{method: get, path: "/organizations/{id}/" + k.Plural + "/new", handle: of((*server).itemNew)},
		{method: post, path: "/organizations/{id}/" + k.Plural, handle: of((*server).itemCreate), once: true, keeps: true},
	}
}

// writingRoutes are those of documents and checklists.
func writingRoutes() []route {
	return []route{
		{method: post, path: "/items/{item}/publish", handle: (*server).documentPublish},
		{method: post, path: "/items/{item}/pictures", handle: (*server).pictureAdd, upload: true},
		{method: get, path: "/records/suggest", handle: (*server).suggestRecords},
		{method: post, path: "/items/{item}/tasks", handle: (*server).taskAdd},
		{method: post, path: "/items/{item}/tasks/order", handle: (*server).taskOrder},
		{method: post, path: "/items/{item}/tasks/{task}/tick", handle: (*server).tick},
		{method: post, path: "/items/{item}/tasks/{task}/edit", handle: (*server).taskUpdate},
		{method: post, path: "/items/{item}/tasks/{task}/remove", handle: (*server).taskRemove},
		{method: post, path: "/items/{item}/complete", handle: (*server).complete},
		{method: get, path: "/checklists/from-template", handle: (*server).fromTemplatePage},
		{method: post, path: "/checklists/from-template", handle: (*server).fromTemplateRun},
	}
}
