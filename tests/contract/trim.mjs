// Extracts the operations that mlgate uses from GitHub's own description of its API: tests/github/description.json.
//
//   npm install --no-save @octokit/openapi@23.0.2 && node trim.mjs ../github/description.json
//
// Examples, prose and unused components are left out; the schemas of requests and responses are unchanged.
import fs from 'node:fs';

const from = 'node_modules/@octokit/openapi';
const whole = JSON.parse(fs.readFileSync(`${from}/generated/api.github.com.json`, 'utf8'));
const version = JSON.parse(fs.readFileSync(`${from}/package.json`, 'utf8')).version;

const wanted = {
  '/user': ['get'],
  '/repos/{owner}/{repo}': ['get'],
  '/repos/{owner}/{repo}/issues/{issue_number}/comments': ['get', 'post'],
  '/repos/{owner}/{repo}/issues/comments/{comment_id}': ['get', 'patch', 'delete'],
  '/repos/{owner}/{repo}/pulls': ['get'],
  '/repos/{owner}/{repo}/pulls/{pull_number}': ['get'],
  '/repos/{owner}/{repo}/commits/{commit_sha}/pulls': ['get'],
  '/repos/{owner}/{repo}/check-runs': ['post'],
  '/repos/{owner}/{repo}/check-runs/{check_run_id}': ['patch'],
  '/repos/{owner}/{repo}/commits/{ref}/check-runs': ['get'],
  '/repos/{owner}/{repo}/statuses/{sha}': ['post'],
  '/repos/{owner}/{repo}/commits/{ref}/statuses': ['get'],
  '/repos/{owner}/{repo}/compare/{basehead}': ['get'],
  '/repos/{owner}/{repo}/actions/artifacts': ['get'],
  '/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}': ['get'],
  '/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts': ['get'],
  '/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs': ['get'],
};

// A property may be called `description`; only the description of a schema or an operation is prose.
function bare(node, isMapOfNames = false) {
  if (Array.isArray(node)) return node.map((item) => bare(item));
  if (node === null || typeof node !== 'object') return node;
  const kept = {};
  for (const [key, value] of Object.entries(node)) {
    const isProse = ['description', 'summary', 'example', 'examples', 'externalDocs', 'tags', 'title'].includes(key);
    if (!isMapOfNames && (isProse || key.startsWith('x-'))) continue;
    kept[key] = bare(value, !isMapOfNames && ['properties', 'responses', 'headers', 'schemas', 'parameters', 'paths'].includes(key) && !Array.isArray(value));
  }
  return kept;
}

const out = {
  openapi: whole.openapi,
  info: { title: 'The part of GitHub’s REST interface that mlgate speaks', version: `@octokit/openapi ${version}`, license: whole.info.license },
  servers: whole.servers,
  paths: {},
  components: {},
};
for (const [path, methods] of Object.entries(wanted)) {
  const found = whole.paths[path];
  if (!found) throw new Error(`there is no ${path}`);
  out.paths[path] = found.parameters ? { parameters: found.parameters } : {};
  for (const method of methods) {
    if (!found[method]) throw new Error(`there is no ${method} of ${path}`);
    out.paths[path][method] = found[method];
  }
}
// Without `examples`, their components are unused.
out.paths = bare(out.paths, true);
const seen = new Set();
function follow(node) {
  if (node === null || typeof node !== 'object') return;
  const reference = node.$ref;
  if (typeof reference === 'string' && reference.startsWith('#/components/') && !seen.has(reference)) {
    seen.add(reference);
    const [, , kind, ...rest] = reference.split('/');
    const name = rest.join('/').replace(/~1/g, '/').replace(/~0/g, '~');
    const part = bare(whole.components[kind][name]);
    (out.components[kind] ??= {})[name] = part;
    follow(part);
  }
  for (const value of Object.values(node)) follow(value);
}
follow(out.paths);
// OpenAPI requires a description of each response.
for (const holder of [...Object.values(out.paths).flatMap((path) => Object.values(path)), { responses: out.components.responses ?? {} }]) {
  for (const response of Object.values(holder.responses ?? {})) if (!response.$ref) response.description = '';
}
fs.writeFileSync(process.argv[2], `${JSON.stringify(out, null, 1)}\n`);
console.log(`${Object.keys(out.paths).length} paths, ${seen.size} components`);
