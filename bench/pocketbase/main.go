// Command pocketbase serves PocketBase with one collection of organizations, for
// the comparison: the fields that an organization of Tenon answers with, open
// to whoever is signed in. It prints a token and serves until it is ended.
//
//	pocketbase DIR HOST:PORT
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("usage: pocketbase DIR HOST:PORT")
	}
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: os.Args[1], HideStartBanner: true})
	if err := run(app, os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func run(app *pocketbase.PocketBase, listen string) error {
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	// Its log of requests is off, as Tenon's is: neither is what is measured.
	app.Settings().Logs.MaxDays = 0
	if err := app.Save(app.Settings()); err != nil {
		return err
	}
	token, err := signIn(app)
	if err != nil {
		return err
	}
	if err := app.Save(organizations()); err != nil {
		return err
	}
	fmt.Println(token)
	return apis.Serve(app, apis.ServeConfig{HttpAddr: listen})
}

// signIn makes somebody who may ask, and returns a token.
func signIn(app core.App) (string, error) {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return "", err
	}
	u := core.NewRecord(users)
	u.SetEmail("bench@example.com")
	u.SetPassword("correct horse battery")
	u.SetVerified(true)
	if err := app.Save(u); err != nil {
		return "", err
	}
	return u.NewAuthToken()
}

func organizations() *core.Collection {
	c := core.NewBaseCollection("organizations")
	signedIn := `@request.auth.id != ""`
	c.ListRule, c.ViewRule, c.CreateRule = &signedIn, &signedIn, &signedIn
	for _, name := range []string{"name", "short_name", "organization_type", "organization_status", "psa_integration"} {
		c.Fields.Add(&core.TextField{Name: name, Required: name == "name", Max: 255})
	}
	for _, name := range []string{"description", "alert", "quick_notes"} {
		c.Fields.Add(&core.TextField{Name: name, Max: 100_000})
	}
	c.Fields.Add(&core.BoolField{Name: "primary"}, &core.NumberField{Name: "parent_id"}, &core.NumberField{Name: "my_glue_account_id"})
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true}, &core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
	c.AddIndex("organizations_name", false, "name", "")
	return c
}
