import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** The least that Node can do: a finished answer by its address, and nothing else. */
const pages = new Map<string, string>(JSON.parse(readFileSync(process.env.PAGES ?? '', 'utf8')));
const bodies = new Map([...pages].map(([path, body]) => [path, Buffer.from(body)]));

const server = createServer((request, response) => {
  const body = bodies.get(request.url ?? '');
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': body.length,
  });
  response.end(body);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
