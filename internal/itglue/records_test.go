package itglue_test

import (
	"net/url"
	"strings"
	"testing"
)

// one is the body of a request with one resource object.
func one(typ, attributes string) string {
	return `{"data":{"type":"` + typ + `","attributes":{` + attributes + `}}}`
}

func TestConfigurations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org, other := h.organization("Acme"), h.organization("Beta")
		kind := h.do("admin", "POST", "/configuration_types", one("configuration-types", `"name":"Server"`)).want(201).text("data.id")
		h.do("admin", "POST", "/configurations", one("configurations", `"organization-id":`+org+`,"name":"x"`)).want(422).
			has("errors.0.source.pointer", "/data/attributes/configuration-type").has("errors.0.detail", "must exist").has("errors.0.status", "422")
		h.do("admin", "POST", "/configurations", one("configurations", `"name":"x","configuration-type-id":`+kind)).want(422).
			has("errors.0.source.pointer", "data/attributes/organization_id").has("errors.0.title", "Valid organization_id is required")
		h.do("admin", "POST", "/configurations", one("configurations", `"organization_id":99999,"name":"x","configuration-type-id":`+kind)).want(401).
			has("errors.0.detail", "Unauthorized resource access").has("errors.0.source.pointer", "id")
		made := h.do("admin", "POST", "/organizations/"+org+"/relationships/configurations", `{"data":{"type":"configurations","attributes":{
			"name":"srv1","configuration_type_id":"`+kind+`","serial-number":"S1","installed-at":"2026-01-02T00:00:00.000Z","id":7,"created_at":"1999-01-01"},
			"relationships":{"configuration-interfaces":{"data":[{"type":"configuration-interfaces","attributes":{"name":"eth0","ip_address":"10.0.0.1"}}]}}}}`).want(201).
			has("data.attributes.installed-at", "2026-01-02").has("data.attributes.organization-id", org).has("data.attributes.configuration-type-name", "Server")
		id := made.text("data.id")
		h.do("admin", "GET", "/configurations/"+id+"?include=configuration_interfaces,tickets,nonsense", "").want(200).
			has("data.relationships.configuration-interfaces.data.0.type", "configuration-interfaces").has("included.0.attributes.ip-address", "10.0.0.1").
			has("data.relationships.tickets.data", "[]")
		h.do("admin", "GET", "/organizations/"+other+"/relationships/configurations/"+id, "").want(404)
		h.do("admin", "PATCH", "/organizations/"+org+"/relationships/configurations/"+id, one("configurations", `"notes":"hello"`)).want(200).
			has("data.attributes.notes", "hello").has("data.attributes.serial-number", "S1")
		many := h.do("admin", "POST", "/configurations", `{"data":[{"type":"configurations","attributes":{"organization-id":`+org+`,"name":"a","configuration-type-id":`+kind+`}},
			{"type":"configurations","attributes":{"organization-id":"`+org+`","name":"b","configuration-type-id":`+kind+`}}]}`).want(201)
		ids := strings.Split(many.ids(), ",")
		if len(ids) != 2 {
			t.Fatalf("bulk create answered %s", many.body)
		}
		h.do("admin", "PATCH", "/configurations", `{"data":[{"type":"configurations","attributes":{"id":`+ids[0]+`,"notes":"n"}},{"type":"configurations","id":"`+ids[1]+`","attributes":{"notes":"m"}}]}`).want(200).
			has("data.1.attributes.notes", "m").has("meta.total-count", "2").has("links", "{}")
		h.do("admin", "PATCH", "/configurations", `{"data":[{"type":"configurations","attributes":{"id":`+ids[0]+`,"name":"c"}},{"type":"configurations","id":"`+ids[1]+`","attributes":{"location-id":5}}]}`).want(422).
			has("errors.0.source.pointer", "/data/1/attributes/location")
		h.do("admin", "GET", "/configurations/"+ids[0], "").want(200).has("data.attributes.name", "a")
		h.do("admin", "PATCH", "/configurations?filter[name]=a,b", one("configurations", `"asset-tag":"T"`)).want(200).has("meta.total-count", "2")
		h.do("admin", "PATCH", "/configurations", one("configurations", `"asset-tag":"T"`)).want(422)
		for _, q := range []string{"filter[asset_tag]=t", "filter%5Basset-tag%5D=T", "filter[name]=a%2Cb", "filter[id]=" + many.ids(), "filter[exclude][id]=" + id} {
			if got := h.do("admin", "GET", "/configurations?"+q, "").want(200).ids(); got != many.ids() {
				t.Errorf("%s: got %s", q, got)
			}
		}
		h.do("admin", "GET", "/configurations", `{"filter":{"name":"b"},"page":{"size":1}}`).want(200).has("data.0.id", ids[1]).has("meta.total-count", "1")
		h.do("admin", "PATCH", "/configurations/"+ids[0], one("configurations", `"archived":true`)).want(200).has("data.attributes.archived", "true")
		h.do("admin", "GET", "/configurations?filter[archived]=1", "").want(200).has("data.0.id", ids[0]).has("meta.total-count", "1")
		part := h.do("admin", "POST", "/configurations/"+id+"/relationships/configuration_interfaces", one("configuration-interfaces", `"name":"eth1","ip-address":"10.0.0.2"`)).want(201).text("data.id")
		h.do("admin", "PATCH", "/configuration_interfaces/"+part, one("configuration-interfaces", `"primary":true`)).want(200).has("data.attributes.primary", "true")
		h.do("admin", "GET", "/configuration_interfaces?filter[ip_address]=10.0.0.2", "").want(200).has("data.0.id", part).has("meta.total-count", "1")
		h.do("admin", "DELETE", "/configurations", `{"data":[{"type":"configurations","attributes":{"id":`+ids[0]+`}},{"type":"configurations","id":`+ids[1]+`}]}`).want(200).has("data.1.attributes.name", "b")
		h.do("admin", "DELETE", "/organizations/"+org+"/relationships/configurations?filter[name]=srv1", "").want(200).has("data.0.id", id)
		h.do("admin", "GET", "/configurations", "").want(200).has("meta.total-count", "0")
	})
}

func TestContactsAndLocations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		place := h.do("admin", "POST", "/locations", one("locations", `"organization-id":`+org+`,"name":"HQ","city":"Ulm"`)).want(201).text("data.id")
		h.do("admin", "PATCH", "/organizations/"+org+"/relationships/locations/"+place, one("locations", `"address-1":"Main St"`)).want(200).has("data.attributes.address-1", "Main St")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann","last-name":"Öz","location-id":`+place+`,"important":true,
			"contact-emails":[{"value":"ann@a.example","primary":true,"label-name":"Work"}],"contact-phones":[{"value":"+1 614 555 0112","label_name":"Desk","extension":"7"}]`)).want(201).
			has("data.attributes.name", "Ann Öz").has("data.attributes.contact-emails.0.label-name", "Work").has("data.attributes.contact-phones.0.extension", "7").
			has("data.attributes.location-name", "HQ").text("data.id")
		h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Bob"`)).want(201)
		for q, want := range map[string]string{
			"filter[first_name]=ann": "1", "filter[last_name]=Öz": "1", "filter[important]=true": "1", "filter[important]=false": "1", "filter[primary_email]=ANN@a.example": "1",
			"sort=-first_name,created-at": "2", "filter[organization_id]=" + org: "2", "filter[psa_id]=x": "0", "filter[title]=x": "0", "filter[organization_id]=4711": "0",
		} {
			h.do("admin", "GET", "/contacts?"+q, "").want(200).has("meta.total-count", want)
		}
		h.do("admin", "GET", "/contacts?sort=-first_name", "").want(200).has("data.1.id", ann)
		h.do("admin", "GET", "/contacts/"+ann+"?include=location", "").want(200).has("included.0.type", "locations").has("included.0.attributes.city", "Ulm")
		h.do("admin", "GET", "/locations?filter[city]=ulm", "").want(200).has("meta.total-count", "1")
		h.do("admin", "PATCH", "/locations/"+place, one("locations", `"city":"Östra Ängelholm"`)).want(200)
		for _, spelled := range []string{"Östra Ängelholm", "östra ängelholm", "ÖSTRA ÄNGELHOLM", "östra ÄNGELHOLM"} {
			h.do("admin", "GET", "/locations?filter[city]="+url.QueryEscape(spelled), "").want(200).has("meta.total-count", "1")
		}
		h.do("admin", "PATCH", "/locations/"+place, one("locations", `"city":"Ulm"`)).want(200)
		h.do("admin", "DELETE", "/contacts/"+ann, "").want(200).has("data.attributes.first-name", "Ann")
	})
}

func TestFlexibleAssets(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		kind := h.do("admin", "POST", "/flexible_asset_types", `{"data":{"type":"flexible-asset-types","attributes":{"name":"Wi-Fi","icon":"wifi"},"relationships":{"flexible_asset_fields":{"data":[
			{"type":"flexible_asset_fields","attributes":{"order":1,"name":"SSID","kind":"Text","required":true,"use-for-title":true}},
			{"type":"flexible_asset_fields","attributes":{"order":2,"name":"Used at","kind":"Tag","tag-type":"Locations"}},
			{"type":"flexible_asset_fields","attributes":{"order":3,"name":"Band","kind":"Select","default-value":"2.4\n5"}},
			{"type":"flexible_asset_fields","attributes":{"order":4,"name":"Ends","kind":"Date","expiration":true}}]}}}}`).want(201).text("data.id")
		got := h.do("admin", "GET", "/flexible_asset_types/"+kind+"?include=flexible_asset_fields", "").want(200).has("included.1.attributes.name-key", "used-at").has("included.1.attributes.tag-type", "Locations")
		field := got.text("included.2.id")
		h.do("admin", "PATCH", "/flexible_asset_fields/"+field, one("flexible-asset-fields", `"hint":"GHz"`)).want(200).has("data.attributes.hint", "GHz").has("data.attributes.default-value", "2.4\n5")
		extra := h.do("admin", "POST", "/flexible_asset_types/"+kind+"/relationships/flexible_asset_fields", one("flexible-asset-fields", `"name":"Extra","kind":"Text"`)).want(201).has("data.attributes.order", "5").text("data.id")
		h.do("admin", "DELETE", "/flexible_asset_fields/"+extra, "").want(200)
		place := h.do("admin", "POST", "/locations", one("locations", `"organization-id":`+org+`,"name":"HQ"`)).want(201).text("data.id")
		asset := h.do("admin", "POST", "/flexible_assets", one("flexible-assets", `"organization-id":`+org+`,"flexible-asset-type-id":`+kind+`,"traits":{"ssid":"guest","used_at":[`+place+`],"band":"5","ends":"2027-01-31"}`)).want(201).
			has("data.attributes.name", "guest").has("data.attributes.traits.used-at.type", "Locations").has("data.attributes.traits.used-at.values.0.name", "HQ").text("data.id")
		h.do("admin", "PATCH", "/flexible_asset_fields/"+field, one("flexible-asset-fields", `"kind":"Text"`)).want(422) // it is used
		h.do("admin", "GET", "/flexible_assets", "").want(422)
		h.do("admin", "GET", "/flexible_assets?filter[flexible-asset-type-id]="+kind+"&filter[name]=GUEST", "").want(200).has("data.0.id", asset).has("data.0.attributes.flexible-asset-type-name", "Wi-Fi")
		h.do("admin", "PATCH", "/flexible_assets/"+asset, one("flexible-assets", `"traits":{"ssid":"staff","used-at":{"type":"Locations","values":[{"id":`+place+`,"name":"HQ"}]}}`)).want(200).
			has("data.attributes.traits.ssid", "staff").has("data.attributes.traits.band", "")
		h.do("admin", "PATCH", "/flexible_assets/"+asset, one("flexible-assets", `"traits":{"band":"5"}`)).want(422)
		h.do("admin", "PATCH", "/flexible_assets/"+asset, one("flexible-assets", `"traits":{"ssid":"staff","ends":"2027-01-31"}`)).want(200)
		h.do("admin", "GET", "/expirations?filter[range][expiration_date]=2027-01-01,2027-12-31&filter[resource_type_name]=Wi-Fi", "").want(200).has("data.0.attributes.resource-id", asset)
		h.do("admin", "GET", "/expirations?filter[range][expiration_date]=2028-01-01,*", "").want(200).has("meta.total-count", "0")
		e := h.do("admin", "GET", "/organizations/"+org+"/relationships/expirations?filter[description]=ends&sort=-expiration_date", "").want(200).text("data.0.id")
		h.do("admin", "GET", "/expirations/"+e, "").want(200).has("data.attributes.expiration-date", "2027-01-31")
		h.do("admin", "DELETE", "/flexible_assets/"+asset, "").want(200)
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		h.key("blind", "admin", false)
		category := h.do("admin", "POST", "/password_categories", one("password-categories", `"name":"Router"`)).want(201).text("data.id")
		folder := h.do("admin", "POST", "/organizations/"+org+"/relationships/password_folders", one("password-folders", `"name":"Net"`)).want(201).text("data.id")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann"`)).want(201).text("data.id")
		made := h.do("admin", "POST", "/passwords/", one("passwords", `"organization-id":`+org+`,"name":"Router","password":"geheim","password-category-id":`+category+`,"password-folder-id":`+folder)).want(201)
		if strings.Contains(string(made.body), "geheim") {
			t.Error("a create shows the password without being asked to")
		}
		id := made.text("data.id")
		h.do("admin", "GET", "/passwords/"+id, "").want(200).has("data.attributes.password", "geheim")
		h.do("admin", "GET", "/passwords/"+id+"?show_password=true", "").want(200).has("data.attributes.password", "geheim")
		h.do("admin", "PATCH", "/passwords/"+id+"?show_password=true", one("passwords", `"password":"neu"`)).want(200).has("data.attributes.password", "neu")
		for _, r := range []reply{
			h.do("admin", "GET", "/passwords/"+id+"?show_password=false", ""), h.do("blind", "GET", "/passwords/"+id, ""),
			h.do("admin", "GET", "/passwords?show_password=true", ""), h.do("admin", "GET", "/passwords?filter[id]="+id+"&show_password=true&page[size]=1", ""),
		} {
			if strings.Contains(string(r.want(200).body), `"neu"`) {
				t.Errorf("%s shows the password: %s", r.what, r.body)
			}
		}
		h.do("blind", "GET", "/passwords/"+id+"?show_password=true", "").want(403)
		h.do("admin", "PATCH", "/passwords/"+id, one("passwords", `"name":"Renamed"`)).want(200)
		versions := h.do("admin", "GET", "/passwords/"+id+"?include=recent-versions&show_password=false", "").want(200).has("included.2.attributes.version", "1").
			has("included.0.attributes.version", "3").has("included.0.type", "versions")
		first := versions.text("included.2.id")
		h.do("admin", "GET", "/passwords/"+id+"?version_id="+first, "").want(200).has("data.attributes.password", "geheim").has("data.attributes.name", "Router").has("data.id", id)
		h.do("admin", "GET", "/organizations/"+org+"/relationships/passwords/"+id+"?version_id="+versions.text("included.1.id"), "").want(200).has("data.attributes.password", "neu").has("data.attributes.name", "Router")
		h.do("admin", "GET", "/passwords/"+id+"?version_id=", "").want(200).has("data.attributes.password", "neu").has("data.attributes.name", "Renamed")
		blind := h.do("blind", "GET", "/passwords/"+id+"?version_id="+first, "").want(200).has("data.attributes.name", "Router")
		if strings.Contains(string(blind.body), "geheim") {
			t.Error("a key without password access sees what the password was")
		}
		for _, bad := range []string{"4000000000000", "x", id} {
			h.do("admin", "GET", "/passwords/"+id+"?version_id="+bad, "").want(404)
		}
		h.do("admin", "GET", "/password_categories/"+category, "").want(200).has("data.attributes.passwords-count", "1")
		h.do("admin", "DELETE", "/organizations/"+org+"/relationships/password_folders/"+folder, "").want(422)
		embedded := h.do("admin", "POST", "/organizations/"+org+"/relationships/passwords", one("passwords", `"name":"Mail","password":"x","resource-id":`+ann+`,"resource-type":"Contact"`)).want(201).
			has("data.attributes.resource-type", "Contact").has("data.attributes.cached-resource-name", "Ann").text("data.id")
		h.do("admin", "GET", "/passwords?filter[cached_resource_name]=ann", "").want(200).has("data.0.id", embedded).has("meta.total-count", "1")
		h.do("admin", "GET", "/contacts/"+ann+"?include=passwords", "").want(200).has("included.0.id", embedded)
		h.do("admin", "DELETE", "/passwords/"+id+"?show_password=true", "").want(200).has("data.attributes.password", "")
		h.do("admin", "DELETE", "/organizations/"+org+"/relationships/password_folders/"+folder, "").want(200)
		revealed := 0
		events := h.do("admin", "GET", "/logs?page[size]=200", "").want(200)
		for range strings.SplitSeq(string(events.body), `"action":"reveal"`) {
			revealed++
		}
		if revealed-1 != 6 {
			t.Errorf("%d reveals are recorded, want 6", revealed-1)
		}
	})
}
