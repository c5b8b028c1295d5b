// Runs a composite action on this machine, as GitHub's runner does; GitHub's own engine evaluates its expressions.
//
//   node run-composite.mjs REQUEST.json
//
// The request has `action` and `workspace` (folders), `temp` (an empty folder), `with`, `env`, `os` and `arch`. The answer, on
// standard output, has `status`, `outputs`, `summary`, `commands` (workflow commands that the runner would execute), `log` and
// `warnings`. Steps with `uses` are not supported, and neither is Windows.
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import YAML from 'yaml';
import { Lexer, Parser, Evaluator, data } from '@actions/expressions';

const request = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const action = YAML.parse(fs.readFileSync(path.join(request.action, 'action.yml'), 'utf8'));
if (action.runs?.using !== 'composite') throw new Error(`runs.using is ${action.runs?.using}`);
const given = request.with ?? {};
const temp = path.join(request.temp, 'runner');
fs.mkdirSync(temp, { recursive: true });

const value = (plain) => {
  if (plain === null || plain === undefined) return new data.Null();
  if (typeof plain === 'string') return new data.StringData(plain);
  if (typeof plain === 'number') return new data.NumberData(plain);
  if (typeof plain === 'boolean') return new data.BooleanData(plain);
  if (Array.isArray(plain)) return new data.Array(...plain.map(value));
  return new data.Dictionary(...Object.entries(plain).map(([key, inner]) => ({ key, value: value(inner) })));
};

let status = 'success';
const inputs = {};
const steps = {};
const env = {};
const warnings = Object.keys(given).filter((name) => !(name in (action.inputs ?? {}))).map((name) => `unexpected input ${name}`);
const eventPath = request.env.GITHUB_EVENT_PATH;
const event = eventPath ? JSON.parse(fs.readFileSync(eventPath, 'utf8')) : {};
const github = { event, action_path: request.action, workspace: request.workspace, token: request.env.JOB_TOKEN ?? '' };
const runner = { os: request.os, arch: request.arch, temp };
const call = (name, answer) => [name, { name, minArgs: 0, maxArgs: 0, call: () => value(answer()) }];
const functions = new Map([
  call('success', () => status === 'success'),
  call('failure', () => status === 'failure'),
  call('always', () => true),
  call('cancelled', () => false),
]);
const contexts = ['github', 'inputs', 'steps', 'runner', 'env', 'job'];
function evaluate(source) {
  const { tokens } = new Lexer(source).lex();
  const expression = new Parser(tokens, contexts, [...functions.values()]).parse();
  const known = value({ github, inputs, steps, runner, env, job: { status } });
  return new Evaluator(expression, known, functions).evaluate();
}
const filled = (text) => String(text ?? '').replace(/\$\{\{([\s\S]*?)\}\}/g, (_, source) => evaluate(source.trim()).coerceString());
const holds = (result) => !(result instanceof data.Null || [false, 0, ''].includes(result.value) || Number.isNaN(result.value));

for (const [name, input] of Object.entries(action.inputs ?? {})) {
  inputs[name] = name in given ? String(given[name]) : filled(input.default);
  if (input.required && !(name in given) && input.default === undefined) warnings.push(`missing input ${name}`);
}

// Parses `name=value` and `name<<END`, as in the runner's files.
function entries(file) {
  const found = {};
  const lines = fs.readFileSync(file, 'utf8').split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const block = lines[at].match(/^([^=]+?)<<(.+)$/);
    const pair = lines[at].match(/^([^=]+)=(.*)$/s);
    if (block) {
      const end = lines.indexOf(block[2], at + 1);
      if (end < 0) throw new Error(`no ${block[2]} in ${file}`);
      found[block[1]] = lines.slice(at + 1, end).join('\n');
      at = end;
    } else if (pair) found[pair[1]] = pair[2];
    else if (lines[at]) throw new Error(`not of the format of the file: ${lines[at]}`);
  }
  return found;
}

// The runner executes `::name …::` at the start of a line, unless commands are stopped until a token.
function commandsIn(text) {
  const obeyed = [];
  let until = null;
  for (const line of text.split(/\r?\n/)) {
    const match = line.match(/^\s*::([a-zA-Z-]+)(?: (.*?))?::(.*)$/) ?? line.match(/^\s*::([^:\s]+)::()$/);
    if (until !== null) {
      if (line.trim() === `::${until}::`) until = null;
    } else if (match?.[1] === 'stop-commands') until = match[3];
    else if (match) obeyed.push(match[0].trim());
    if (until === null && line.includes('##[')) obeyed.push(line);
  }
  return obeyed;
}

let summary = '';
let log = '';
const commands = [];
let number = 0;
for (const step of action.runs.steps) {
  number += 1;
  const id = step.id ?? `__${number}`;
  if (step.uses) throw new Error(`step ${id} uses ${step.uses}`);
  if (!step.shell) throw new Error(`step ${id} has no shell`);
  let condition = String(step.if ?? 'success()').replace(/^\s*\$\{\{([\s\S]*)\}\}\s*$/, '$1').trim();
  if (!/\b(success|failure|always|cancelled)\s*\(/.test(condition)) condition = `success() && (${condition})`;
  if (!holds(evaluate(condition))) {
    steps[id] = { outputs: {}, outcome: 'skipped', conclusion: 'skipped' };
    continue;
  }
  const file = (name) => path.join(request.temp, `${name}-${number}`);
  for (const name of ['output', 'env', 'path', 'summary', 'state']) fs.writeFileSync(file(name), '');
  const script = file('script.sh');
  fs.writeFileSync(script, `${filled(step.run)}\n`);
  const own = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, filled(text)]));
  const surroundings = {
    PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', CI: 'true', GITHUB_ACTIONS: 'true',
    GITHUB_ACTION_PATH: request.action, GITHUB_WORKSPACE: request.workspace, RUNNER_OS: runner.os, RUNNER_ARCH: runner.arch,
    RUNNER_TEMP: temp, GITHUB_OUTPUT: file('output'), GITHUB_ENV: file('env'), GITHUB_PATH: file('path'),
    GITHUB_STEP_SUMMARY: file('summary'), GITHUB_STATE: file('state'), ...request.env, ...env, ...own,
  };
  if (step.shell !== 'bash') throw new Error(`step ${id} wants ${step.shell}`);
  const done = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    cwd: request.workspace, env: surroundings, encoding: 'utf8', timeout: 120_000, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = `${done.stdout}\n${done.stderr}`;
  log += text;
  commands.push(...commandsIn(text));
  Object.assign(env, entries(file('env')));
  summary += fs.readFileSync(file('summary'), 'utf8');
  if (Buffer.byteLength(summary) > 1024 * 1024) warnings.push('the summary is larger than a mebibyte');
  const outcome = done.status === 0 ? 'success' : 'failure';
  steps[id] = { outputs: entries(file('output')), outcome, conclusion: outcome };
  if (outcome === 'failure') status = 'failure';
}
const outputs = Object.fromEntries(Object.entries(action.outputs ?? {}).map(([name, output]) => [name, filled(output.value)]));
console.log(JSON.stringify({ status, outputs, summary, commands, log, warnings }));
