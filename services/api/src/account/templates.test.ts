import assert from 'node:assert/strict';
import { test } from 'node:test';
import Handlebars from 'handlebars';
import { compiledOnce } from '../optimizations/precompiledTemplates.ts';
import { compiledEachTime, readTemplates } from './templates.ts';

const view = { states: [], orders: 4, cents: 123_456, averageCents: 30_864 };
const ways = [
  { name: 'compiled once, later pages compile nothing', renderer: compiledOnce, ofEachPage: 0 },
  // The section and the partial that it uses.
  {
    name: 'compiled each time, every page compiles what it shows',
    renderer: compiledEachTime,
    ofEachPage: 2,
  },
];
for (const { name, renderer, ofEachPage } of ways) {
  test(name, (context) => {
    let compiled = 0;
    const create = Handlebars.create.bind(Handlebars);
    context.mock.method(Handlebars, 'create', () => {
      const environment = create();
      const compile = environment.compile.bind(environment);
      environment.compile = (...told) => {
        compiled += 1;
        return compile(...told);
      };
      return environment;
    });
    const render = renderer(readTemplates());
    const page = () => assert.match(render()('summary', view), /1,234\.56 EUR/);
    page();
    compiled = 0;
    for (let again = 0; again < 3; again += 1) page();
    assert.equal(compiled, 3 * ofEachPage);
  });
}
