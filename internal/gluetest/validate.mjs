// Reads answers from the standard input, [{what, body}], and names those that
// a validator of JSON:API refuses.
import {readFileSync} from 'node:fs';
import jsonapi from 'jsonapi-validator';

const validator = new jsonapi.Validator();
const refused = [];
const answers = JSON.parse(readFileSync(0, 'utf8'));
for (const {what, body} of answers) {
  try {
    validator.validate(body);
  } catch (error) {
    const why = error.errors.map((e) => `${e.dataPath} ${e.message}`).slice(0, 5);
    refused.push(`${what}: ${why.join('; ')}`);
  }
}
console.log(refused.length ? refused.join('\n') : `${answers.length} answers are JSON:API`);
