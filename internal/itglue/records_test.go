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
		kind := h.do("admin", "POST", "/configuration_types", one("configuration-types", `"name":"Server"`)).Want(201).Text("data.id")
		h.do("admin", "POST", "/configurations", one("configurations", `"organization-id":`+org+`,"name":"x"`)).Want(422).
			Has("errors.0.source.pointer", "/data/attributes/configuration-type").Has("errors.0.detail", "must exist").Has("errors.0.status", "422")
		h.do("admin", "POST", "/configurations", one("configurations", `"name":"x","configuration-type-id":`+kind)).Want(422).
			Has("errors.0.source.pointer", "data/attributes/organization_id").Has("errors.0.title", "Valid organization_id is required")
		h.do("admin", "POST", "/configurations", one("configurations", `"organization_id":99999,"name":"x","configuration-type-id":`+kind)).Want(401).
			Has("errors.0.detail", "Unauthorized resource access").Has("errors.0.source.pointer", "id")
		made := h.do("admin", "POST", "/organizations/"+org+"/relationships/configurations", `{"data":{"type":"configurations","attributes":{
			"name":"srv1","configuration_type_id":"`+kind+`","serial-number":"S1","installed-at":"2026-01-02T00:00:00.000Z","id":7,"created_at":"1999-01-01"},
			"relationships":{"configuration-interfaces":{"data":[{"type":"configuration-interfaces","attributes":{"name":"eth0","ip_address":"10.0.0.1"}}]}}}}`).Want(201).
			Has("data.attributes.installed-at", "2026-01-02").Has("data.attributes.organization-id", org).Has("data.attributes.configuration-type-name", "Server")
		id := made.Text("data.id")
		h.do("admin", "GET", "/configurations/"+id+"?include=configuration_interfaces,tickets,nonsense", "").Want(200).
			Has("data.relationships.configuration-interfaces.data.0.type", "configuration-interfaces").Has("included.0.attributes.ip-address", "10.0.0.1").
			Has("data.relationships.tickets.data", "[]")
		h.do("admin", "GET", "/organizations/"+other+"/relationships/configurations/"+id, "").Want(404)
		h.do("admin", "PATCH", "/organizations/"+org+"/relationships/configurations/"+id, one("configurations", `"notes":"hello"`)).Want(200).
			Has("data.attributes.notes", "hello").Has("data.attributes.serial-number", "S1")
		many := h.do("admin", "POST", "/configurations", `{"data":[{"type":"configurations","attributes":{"organization-id":`+org+`,"name":"a","configuration-type-id":`+kind+`}},
			{"type":"configurations","attributes":{"organization-id":"`+org+`","name":"b","configuration-type-id":`+kind+`}}]}`).Want(201)
		ids := strings.Split(many.IDs(), ",")
		if len(ids) != 2 {
			t.Fatalf("bulk create answered %s", many.Body)
		}
		h.do("admin", "PATCH", "/configurations", `{"data":[{"type":"configurations","attributes":{"id":`+ids[0]+`,"notes":"n"}},{"type":"configurations","id":"`+ids[1]+`","attributes":{"notes":"m"}}]}`).Want(200).
			Has("data.1.attributes.notes", "m").Has("meta.total-count", "2").Has("links", "{}")
		h.do("admin", "PATCH", "/configurations", `{"data":[{"type":"configurations","attributes":{"id":`+ids[0]+`,"name":"c"}},{"type":"configurations","id":"`+ids[1]+`","attributes":{"location-id":5}}]}`).Want(422).
			Has("errors.0.source.pointer", "/data/1/attributes/location")
		h.do("admin", "GET", "/configurations/"+ids[0], "").Want(200).Has("data.attributes.name", "a")
		h.do("admin", "PATCH", "/configurations?filter[name]=a,b", one("configurations", `"asset-tag":"T"`)).Want(200).Has("meta.total-count", "2")
		h.do("admin", "PATCH", "/configurations", one("configurations", `"asset-tag":"T"`)).Want(422)
		for _, q := range []string{"filter[asset_tag]=t", "filter%5Basset-tag%5D=T", "filter[name]=a%2Cb", "filter[id]=" + many.IDs(), "filter[exclude][id]=" + id} {
			if got := h.do("admin", "GET", "/configurations?"+q, "").Want(200).IDs(); got != many.IDs() {
				t.Errorf("%s: got %s", q, got)
			}
		}
		h.do("admin", "GET", "/configurations", `{"filter":{"name":"b"},"page":{"size":1}}`).Want(200).Has("data.0.id", ids[1]).Has("meta.total-count", "1")
		h.do("admin", "PATCH", "/configurations/"+ids[0], one("configurations", `"archived":true`)).Want(200).Has("data.attributes.archived", "true")
		h.do("admin", "GET", "/configurations?filter[archived]=1", "").Want(200).Has("data.0.id", ids[0]).Has("meta.total-count", "1")
		part := h.do("admin", "POST", "/configurations/"+id+"/relationships/configuration_interfaces", one("configuration-interfaces", `"name":"eth1","ip-address":"10.0.0.2"`)).Want(201).Text("data.id")
		h.do("admin", "PATCH", "/configuration_interfaces/"+part, one("configuration-interfaces", `"primary":true`)).Want(200).Has("data.attributes.primary", "true")
		h.do("admin", "GET", "/configuration_interfaces?filter[ip_address]=10.0.0.2", "").Want(200).Has("data.0.id", part).Has("meta.total-count", "1")
		h.do("admin", "DELETE", "/configurations", `{"data":[{"type":"configurations","attributes":{"id":`+ids[0]+`}},{"type":"configurations","id":`+ids[1]+`}]}`).Want(200).Has("data.1.attributes.name", "b")
		h.do("admin", "DELETE", "/organizations/"+org+"/relationships/configurations?filter[name]=srv1", "").Want(200).Has("data.0.id", id)
		h.do("admin", "GET", "/configurations", "").Want(200).Has("meta.total-count", "0")
	})
}

func TestContactsAndLocations(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		place := h.do("admin", "POST", "/locations", one("locations", `"organization-id":`+org+`,"name":"HQ","city":"Ulm"`)).Want(201).Text("data.id")
		h.do("admin", "PATCH", "/organizations/"+org+"/relationships/locations/"+place, one("locations", `"address-1":"Main St"`)).Want(200).Has("data.attributes.address-1", "Main St")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann","last-name":"Öz","location-id":`+place+`,"important":true,
			"contact-emails":[{"value":"ann@a.example","primary":true,"label-name":"Work"}],"contact-phones":[{"value":"+1 614 555 0112","label_name":"Desk","extension":"7"}]`)).Want(201).
			Has("data.attributes.name", "Ann Öz").Has("data.attributes.contact-emails.0.label-name", "Work").Has("data.attributes.contact-phones.0.extension", "7").
			Has("data.attributes.location-name", "HQ").Text("data.id")
		h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Bob"`)).Want(201)
		for q, want := range map[string]string{
			"filter[first_name]=ann": "1", "filter[last_name]=Öz": "1", "filter[important]=true": "1", "filter[important]=false": "1", "filter[primary_email]=ANN@a.example": "1",
			"sort=-first_name,created-at": "2", "filter[organization_id]=" + org: "2", "filter[psa_id]=x": "0", "filter[title]=x": "0", "filter[organization_id]=4711": "0",
		} {
			h.do("admin", "GET", "/contacts?"+q, "").Want(200).Has("meta.total-count", want)
		}
		h.do("admin", "GET", "/contacts?sort=-first_name", "").Want(200).Has("data.1.id", ann)
		h.do("admin", "GET", "/contacts/"+ann+"?include=location", "").Want(200).Has("included.0.type", "locations").Has("included.0.attributes.city", "Ulm")
		h.do("admin", "GET", "/locations?filter[city]=ulm", "").Want(200).Has("meta.total-count", "1")
		h.do("admin", "PATCH", "/locations/"+place, one("locations", `"city":"Östra Ängelholm"`)).Want(200)
		for _, spelled := range []string{"Östra Ängelholm", "östra ängelholm", "ÖSTRA ÄNGELHOLM", "östra ÄNGELHOLM"} {
			h.do("admin", "GET", "/locations?filter[city]="+url.QueryEscape(spelled), "").Want(200).Has("meta.total-count", "1")
		}
		h.do("admin", "PATCH", "/locations/"+place, one("locations", `"city":"Ulm"`)).Want(200)
		h.do("admin", "DELETE", "/contacts/"+ann, "").Want(200).Has("data.attributes.first-name", "Ann")
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
			{"type":"flexible_asset_fields","attributes":{"order":4,"name":"Ends","kind":"Date","expiration":true}}]}}}}`).Want(201).Text("data.id")
		got := h.do("admin", "GET", "/flexible_asset_types/"+kind+"?include=flexible_asset_fields", "").Want(200).Has("included.1.attributes.name-key", "used-at").Has("included.1.attributes.tag-type", "Locations")
		field := got.Text("included.2.id")
		h.do("admin", "PATCH", "/flexible_asset_fields/"+field, one("flexible-asset-fields", `"hint":"GHz"`)).Want(200).Has("data.attributes.hint", "GHz").Has("data.attributes.default-value", "2.4\n5")
		extra := h.do("admin", "POST", "/flexible_asset_types/"+kind+"/relationships/flexible_asset_fields", one("flexible-asset-fields", `"name":"Extra","kind":"Text"`)).Want(201).Has("data.attributes.order", "5").Text("data.id")
		h.do("admin", "DELETE", "/flexible_asset_fields/"+extra, "").Want(200)
		place := h.do("admin", "POST", "/locations", one("locations", `"organization-id":`+org+`,"name":"HQ"`)).Want(201).Text("data.id")
		asset := h.do("admin", "POST", "/flexible_assets", one("flexible-assets", `"organization-id":`+org+`,"flexible-asset-type-id":`+kind+`,"traits":{"ssid":"guest","used_at":[`+place+`],"band":"5","ends":"2027-01-31"}`)).Want(201).
			Has("data.attributes.name", "guest").Has("data.attributes.traits.used-at.type", "Locations").Has("data.attributes.traits.used-at.values.0.name", "HQ").Text("data.id")
		h.do("admin", "PATCH", "/flexible_asset_fields/"+field, one("flexible-asset-fields", `"kind":"Text"`)).Want(422) // it is used
		h.do("admin", "GET", "/flexible_assets", "").Want(422)
		h.do("admin", "GET", "/flexible_assets?filter[flexible-asset-type-id]="+kind+"&filter[name]=GUEST", "").Want(200).Has("data.0.id", asset).Has("data.0.attributes.flexible-asset-type-name", "Wi-Fi")
		h.do("admin", "PATCH", "/flexible_assets/"+asset, one("flexible-assets", `"traits":{"ssid":"staff","used-at":{"type":"Locations","values":[{"id":`+place+`,"name":"HQ"}]}}`)).Want(200).
			Has("data.attributes.traits.ssid", "staff").Has("data.attributes.traits.band", "")
		h.do("admin", "PATCH", "/flexible_assets/"+asset, one("flexible-assets", `"traits":{"band":"5"}`)).Want(422)
		h.do("admin", "PATCH", "/flexible_assets/"+asset, one("flexible-assets", `"traits":{"ssid":"staff","ends":"2027-01-31"}`)).Want(200)
		h.do("admin", "GET", "/expirations?filter[range][expiration_date]=2027-01-01,2027-12-31&filter[resource_type_name]=Wi-Fi", "").Want(200).Has("data.0.attributes.resource-id", asset)
		h.do("admin", "GET", "/expirations?filter[range][expiration_date]=2028-01-01,*", "").Want(200).Has("meta.total-count", "0")
		e := h.do("admin", "GET", "/organizations/"+org+"/relationships/expirations?filter[description]=ends&sort=-expiration_date", "").Want(200).Text("data.0.id")
		h.do("admin", "GET", "/expirations/"+e, "").Want(200).Has("data.attributes.expiration-date", "2027-01-31")
		h.do("admin", "DELETE", "/flexible_assets/"+asset, "").Want(200)
	})
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	onEngines(t, func(t *testing.T, h *harness) {
		org := h.organization("Acme")
		h.key("blind", "admin", false)
		category := h.do("admin", "POST", "/password_categories", one("password-categories", `"name":"Router"`)).Want(201).Text("data.id")
		folder := h.do("admin", "POST", "/organizations/"+org+"/relationships/password_folders", one("password-folders", `"name":"Net"`)).Want(201).Text("data.id")
		ann := h.do("admin", "POST", "/contacts", one("contacts", `"organization-id":`+org+`,"first-name":"Ann"`)).Want(201).Text("data.id")
		made := h.do("admin", "POST", "/passwords/", one("passwords", `"organization-id":`+org+`,"name":"Router","password":"geheim","password-category-id":`+category+`,"password-folder-id":`+folder)).Want(201)
		if strings.Contains(string(made.Body), "geheim") {
			t.Error("a create shows the password without being asked to")
		}
		id := made.Text("data.id")
		h.do("admin", "GET", "/passwords/"+id, "").Want(200).Has("data.attributes.password", "geheim")
		h.do("admin", "GET", "/passwords/"+id+"?show_password=true", "").Want(200).Has("data.attributes.password", "geheim")
		h.do("admin", "PATCH", "/passwords/"+id+"?show_password=true", one("passwords", `"password":"neu"`)).Want(200).Has("data.attributes.password", "neu")
		for _, r := range []reply{
			h.do("admin", "GET", "/passwords/"+id+"?show_password=false", ""), h.do("blind", "GET", "/passwords/"+id, ""),
			h.do("admin", "GET", "/passwords?show_password=true", ""), h.do("admin", "GET", "/passwords?filter[id]="+id+"&show_password=true&page[size]=1", ""),
		} {
			if strings.Contains(string(r.Want(200).Body), `"neu"`) {
				t.Errorf("%s shows the password: %s", r.What, r.Body)
			}
		}
		h.do("blind", "GET", "/passwords/"+id+"?show_password=true", "").Want(403)
		h.do("admin", "PATCH", "/passwords/"+id, one("passwords", `"name":"Renamed"`)).Want(200)
		versions := h.do("admin", "GET", "/passwords/"+id+"?include=recent-versions&show_password=false", "").Want(200).Has("included.2.attributes.version", "1").
			Has("included.0.attributes.version", "3").Has("included.0.type", "versions")
		first := versions.Text("included.2.id")
		h.do("admin", "GET", "/passwords/"+id+"?version_id="+first, "").Want(200).Has("data.attributes.password", "geheim").Has("data.attributes.name", "Router").Has("data.id", id)
		h.do("admin", "GET", "/organizations/"+org+"/relationships/passwords/"+id+"?version_id="+versions.Text("included.1.id"), "").Want(200).Has("data.attributes.password", "neu").Has("data.attributes.name", "Router")
		h.do("admin", "GET", "/passwords/"+id+"?version_id=", "").Want(200).Has("data.attributes.password", "neu").Has("data.attributes.name", "Renamed")
		blind := h.do("blind", "GET", "/passwords/"+id+"?version_id="+first, "").Want(200).Has("data.attributes.name", "Router")
		if strings.Contains(string(blind.Body), "geheim") {
			t.Error("a key without password access sees what the password was")
		}
		for _, bad := range []string{"4000000000000", "x", id} {
			h.do("admin", "GET", "/passwords/"+id+"?version_id="+bad, "").Want(404)
		}
		h.do("admin", "GET", "/password_categories/"+category, "").Want(200).Has("data.attributes.passwords-count", "1")
		h.do("admin", "DELETE", "/organizations/"+org+"/relationships/password_folders/"+folder, "").Want(422)
		embedded := h.do("admin", "POST", "/organizations/"+org+"/relationships/passwords", one("passwords", `"name":"Mail","password":"x","resource-id":`+ann+`,"resource-type":"Contact"`)).Want(201).
			Has("data.attributes.resource-type", "contacts").Has("data.attributes.cached-resource-type-name", "Contact").Has("data.attributes.cached-resource-name", "Ann").Has("data.attributes.otp-enabled", "false").Text("data.id")
		h.do("admin", "GET", "/passwords?filter[cached_resource_name]=ann", "").Want(200).Has("data.0.id", embedded).Has("meta.total-count", "1")
		h.do("admin", "GET", "/contacts/"+ann+"?include=passwords", "").Want(200).Has("included.0.id", embedded)
		h.do("admin", "DELETE", "/passwords/"+id+"?show_password=true", "").Want(200).Has("data.attributes.password", "")
		h.do("admin", "DELETE", "/organizations/"+org+"/relationships/password_folders/"+folder, "").Want(200)
		revealed := 0
		events := h.do("admin", "GET", "/logs?page[size]=200", "").Want(200)
		for range strings.SplitSeq(string(events.Body), `"action":"reveal"`) {
			revealed++
		}
		if revealed-1 != 6 {
			t.Errorf("%d reveals are recorded, want 6", revealed-1)
		}
	})
}
