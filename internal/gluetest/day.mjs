// A day with the client library node-itglue: everything that is asked here is
// asked through it. Ends with 0 when every answer was what such a script expects.
import assert from 'node:assert/strict';
import ITGlue from 'node-itglue';

const {GLUE_URL: url, GLUE_KEY: apikey, GLUE_EMAIL: email, GLUE_PASSWORD: password} = process.env;

const glue = new ITGlue({apikey});
glue.apiBaseURL = url;
glue.setAuthenticationMode('apikey');

const one = (type, attributes) => ({data: {type, attributes}});
const create = async (path, attributes) => (await glue.post({path: `/${path}`, body: one(path, attributes)})).data;

/** Walks all pages of a list, as scripts do: until there is no next one. */
async function all(path, params = {}) {
  const found = [];
  for (let number = 1; number !== null;) {
    const page = await glue.get({path, params: {...params, 'page[number]': number}});
    found.push(...page.data);
    assert.equal(page.meta['current-page'], number);
    number = page.meta['next-page'];
  }
  return found;
}

/** What the library rejects with: the answer. */
async function refused(call) {
  try {
    await call;
  } catch (response) {
    return response;
  }
  return assert.fail('this should have been refused');
}

async function signIn() {
  const person = new ITGlue({mode: 'user', companyUrl: url, user: {email, password}});
  const token = await person.getItGlueJsonWebToken({email, password});
  const bearer = new ITGlue({mode: 'user-bearer', companyUrl: url, token, user: {}});
  assert.ok((await bearer.get({path: '/organizations'})).meta);
  await create('organizations', {name: 'Searchable Sloop'});
  const hits = await bearer.search({query: 'Searchable', kind: 'organizations,passwords'});
  assert.ok(Array.isArray(hits) && hits.some((hit) => hit.name === 'Searchable Sloop'));
  const wrong = new ITGlue({mode: 'user', companyUrl: url, user: {email, password: 'wrong'}});
  assert.equal((await refused(wrong.getItGlueJsonWebToken({email, password: 'wrong'}))).status, 401);
}

async function organizations() {
  assert.ok((await glue.get({path: '/regions'})).meta);
  const type = await create('organization_types', {name: 'Client'});
  assert.equal((await glue.get({path: '/organization_types', params: {'page[size]': 1}})).data.length, 1);
  for (let n = 1; n <= 7; n += 1) {
    const made = await create('organizations', {name: `Harbour ${n}`, 'organization-type-id': type.id, 'short-name': `H${n}`});
    assert.equal(typeof made.id, 'string');
    assert.equal(made.attributes['organization-type-id'], Number(type.id));
  }
  const ours = {'filter[organization_type_id]': type.id, sort: '-name'};
  const names = (await all('/organizations', {...ours, 'page[size]': 3})).map((o) => o.attributes.name);
  assert.deepEqual(names, [7, 6, 5, 4, 3, 2, 1].map((n) => `Harbour ${n}`));
  const [two] = await all('/organizations', {'filter[name]': 'harbour 2'});
  const left = await all('/organizations', {...ours, 'filter[exclude][id]': two.id});
  assert.equal(left.length, 6);
  // The whole object goes back with one value changed.
  const changed = await glue.patch({path: `/organizations/${two.id}`, body: one('organizations', {...two.attributes, alert: 'Call first'})});
  assert.equal(changed.data.attributes.alert, 'Call first');
  const some = left.slice(0, 2).map((o) => ({type: 'organizations', attributes: {id: o.id, description: 'Bulk'}}));
  const bulk = await glue.patch({path: '/organizations', body: {data: some}});
  assert.deepEqual(bulk.data.map((o) => o.attributes.description), ['Bulk', 'Bulk']);
  return {two, gone: left.slice(-2)};
}

async function records(org) {
  const kind = await create('configuration_types', {name: 'Router'});
  const attributes = (n) => ({'organization-id': org.id, name: `edge-${n}`, 'configuration-type-id': kind.id, 'serial-number': `SN${n}`});
  const made = await glue.post({
    path: '/configurations', body: {data: [1, 2, 3].map((n) => ({type: 'configurations', attributes: attributes(n)}))},
  });
  assert.equal(made.data.length, 3);
  const found = await all('/configurations', {'filter[organization_id]': org.id, 'filter[serial_number]': 'SN1,SN3', sort: 'name'});
  assert.deepEqual(found.map((c) => c.attributes.name), ['edge-1', 'edge-3']);
  const port = await glue.post({
    path: `/configurations/${made.data[0].id}/relationships/configuration_interfaces`,
    body: one('configuration_interfaces', {name: 'eth0', 'ip-address': '192.0.2.7'}),
  });
  assert.equal(port.data.attributes['ip-address'], '192.0.2.7');
  const removed = await glue.delete({path: '/configurations', params: {'filter[id]': `${made.data[1].id},${made.data[2].id}`}});
  assert.equal(removed.data.length, 2);
  const hq = await create('locations', {'organization-id': org.id, name: 'HQ', city: 'Bremen'});
  const ann = await create('contacts', {
    organization_id: org.id, first_name: 'Ann', last_name: 'Vane', location_id: hq.id,
    'contact-emails': [{value: 'ann@vane.example', primary: true, 'label-name': 'Work'}],
  });
  assert.equal(ann.attributes['location-name'], 'HQ');
  assert.equal(ann.attributes['contact-emails'][0].value, 'ann@vane.example');
  const path = `/contacts/${ann.id}/relationships/related_items`;
  await glue.post({path, body: one('related_items', {destination_id: hq.id, destination_type: 'Location', notes: 'works at'})});
  const whole = await glue.get({path: `/contacts/${ann.id}`, params: {include: 'related_items,attachments'}});
  assert.equal(whole.included[0].attributes['resource-id'], Number(hq.id));
}

async function assets(org) {
  const fields = [
    {order: 1, name: 'SSID', kind: 'Text', required: true, 'use-for-title': true}, {order: 2, name: 'Band', kind: 'Text'},
  ].map((attributes) => ({type: 'flexible_asset_fields', attributes}));
  const type = (await glue.post({
    path: '/flexible_asset_types',
    body: {data: {type: 'flexible_asset_types', attributes: {name: 'Wireless', icon: 'wifi'}, relationships: {flexible_asset_fields: {data: fields}}}},
  })).data;
  const asset = await create('flexible_assets', {
    'organization-id': org.id, 'flexible-asset-type-id': type.id, traits: {ssid: 'guests', band: '5 GHz'},
  });
  const after = await glue.patch({path: `/flexible_assets/${asset.id}`, body: one('flexible_assets', {traits: {ssid: 'staff'}})});
  assert.deepEqual(after.data.attributes.traits, {ssid: 'staff'});
  const listed = await all('/flexible_assets', {'filter[flexible_asset_type_id]': type.id});
  assert.deepEqual(listed.map((a) => a.attributes.name), ['staff']);
  assert.equal((await refused(glue.get({path: '/flexible_assets'}))).status, 422);
}

async function passwords(org) {
  const made = await create('passwords', {'organization-id': org.id, name: 'Firewall', username: 'root', password: 'one & only'});
  const path = `/passwords/${made.id}`;
  const shown = async (flag) => (await glue.get({path, params: {show_password: flag}})).data.attributes.password;
  assert.equal(await shown(true), 'one & only');
  assert.ok(!(await shown(false)));
  await glue.patch({path, body: one('passwords', {password: 'another'})});
  assert.equal(await shown(true), 'another');
  const listed = await all('/passwords', {'filter[organization_id]': org.id, show_password: true});
  assert.deepEqual(listed.map((p) => p.attributes.name), ['Firewall']);
  assert.ok(!JSON.stringify(listed).includes('another'));
  assert.equal((await glue.delete({path})).data.id, made.id);
  assert.equal((await refused(glue.get({path}))).status, 404);
}

async function documents(org) {
  const doc = await glue.post({path: `/organizations/${org.id}/relationships/documents`, body: one('documents', {name: 'Opening hours'})});
  const base = `/documents/${doc.data.id}`;
  await glue.post({path: `${base}/relationships/sections`, body: one('sections', {'resource-type': 'Document::Text', content: '<p>Nine to five</p>'})});
  assert.equal((await glue.patch({path: `${base}/publish`})).data.attributes.published, true);
  assert.match((await glue.get({path: base})).data.attributes.content, /Nine to five/);
}

async function refusals() {
  const nameless = await refused(glue.post({path: '/organizations', body: one('organizations', {alert: 'x'})}));
  assert.equal(nameless.status, 422);
  assert.equal(nameless.data.errors[0].status, 422);
  assert.ok(nameless.data.errors[0].detail && nameless.data.errors[0].title && nameless.data.errors[0].source.pointer);
  assert.equal((await refused(glue.get({path: '/organizations/4000000000000'}))).status, 404);
  assert.equal((await refused(glue.delete({path: '/organizations'}))).status, 422);
  const stranger = new ITGlue({apikey: 'ITG.0000.wrong'});
  stranger.apiBaseURL = url;
  stranger.setAuthenticationMode('apikey');
  const shut = await refused(stranger.get({path: '/organizations'}));
  assert.equal(shut.status, 403);
  assert.deepEqual(shut.data, {message: 'Forbidden'});
}

const {two, gone} = await organizations();
await records(two);
await assets(two);
await passwords(two);
await documents(two);
await refusals();
const removed = await glue.delete({path: '/organizations', params: {'filter[id]': gone.map((o) => o.id).join(',')}});
assert.deepEqual(removed.data.map((o) => o.attributes.name).sort(), ['Harbour 1', 'Harbour 3']);
await signIn();
console.log('the day is over');
