import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Balance } from '../optimizations/nginxBalancing.ts';
import { connectionsKept } from '../optimizations/upstreamKeepalive.ts';
import type { ProcessPlan } from '../wiring/processes.ts';
import type { Kind } from './children.ts';

interface Front {
  config: Config;
  plan: NonNullable<ProcessPlan['nginx']>;
  /** For its configuration and temporary files, this user's alone. */
  folder: string;
  sockets: readonly string[];
}

/** nginx in the foreground: a child like the others, in the same process group. */
export function nginxKind(front: Front): Kind {
  const file = join(front.folder, 'nginx.conf');
  mkdirSync(join(front.folder, 'tmp'), { recursive: true });
  writeFileSync(file, nginxConfiguration(front));
  return {
    name: 'nginx',
    saysReady: false,
    start: () =>
      spawn(front.plan.path, ['-p', front.folder, '-e', 'stderr', '-c', file], {
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
  };
}

/** An instance that has failed once is left out for as long, then tried again. */
export const outSeconds = 2;

export function nginxConfiguration({ config, plan, folder, sockets }: Front): string {
  const host = isIPv6(config.host) ? `[${config.host}]` : config.host;
  return `daemon off;
${userLine()}worker_processes auto;
pid ${folder}/nginx.pid;
error_log stderr warn;

events {
  worker_connections 4096;
}

http {
  access_log off;
  server_tokens off;
  default_type application/octet-stream;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/tmp/${kind};`).join('\n')}

  # A client that sends or reads slowly holds a connection here, and none of the service.
  client_header_timeout 5s;
  client_body_timeout 15s;
  send_timeout 30s;
  keepalive_timeout 30s;
  keepalive_requests 100000;
  reset_timedout_connection on;
  # The service has limits of its own, for each route.
  client_max_body_size 0;

  upstream shop {
    zone shop 128k;
${balanceLine(plan.balance)}${sockets.map((socket) => `    server unix:${socket} max_fails=1 fail_timeout=${outSeconds}s;`).join('\n')}
${plan.keepAlive ? `    keepalive ${connectionsKept};\n    keepalive_requests 100000;\n` : ''}  }

  server {
    listen ${host}:${config.port} backlog=1024;

    location / {
      proxy_pass http://shop;
${plan.keepAlive ? '      proxy_http_version 1.1;\n      proxy_set_header Connection "";\n' : ''}      proxy_set_header Host $http_host;
      # Set, not added to: what a client says about itself is not believed.
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host "";
      # Not for what may have done its work already: a write is repeated by its client, with its key.
      proxy_next_upstream error timeout;
      proxy_connect_timeout 2s;
      proxy_read_timeout 60s;
      proxy_buffers 16 16k;
      # A large answer waits for its reader, it is not written to a disk.
      proxy_max_temp_file_size 0;
    }

    # Only what nginx says itself; answers of the service pass as they are.
    error_page 502 504 =503 @unavailable;
    location @unavailable {
      internal;
      default_type application/problem+json;
      add_header Retry-After 1 always;
      add_header Cache-Control no-store always;
      return 503 '${unavailable}';
    }
  }
}
`;
}

const unavailable = JSON.stringify({
  type: 'about:blank',
  title: 'Service unavailable',
  status: 503,
  detail: 'No instance of the service answers; try again.',
});

/** Started as root, its workers would be nobody, who may not open the sockets. */
function userLine(): string {
  return process.getuid?.() === 0 ? `user ${userInfo().username};\n` : '';
}

function balanceLine(balance: Balance): string {
  switch (balance) {
    case 'round-robin':
      return '';
    case 'least-conn':
      return '    least_conn;\n';
    case 'ip-hash':
      return '    ip_hash;\n';
    default:
      return balance satisfies never;
  }
}
