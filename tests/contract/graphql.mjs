// Checks a query against GitHub's own schema: node graphql.mjs QUERY
import fs from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';

const text = fs.readFileSync('node_modules/@octokit/graphql-schema/schema.graphql', 'utf8');
const problems = validate(buildSchema(text, { assumeValidSDL: true }), parse(process.argv[2]));
for (const problem of problems) console.error(problem.message);
process.exit(problems.length > 0 ? 1 : 0);
