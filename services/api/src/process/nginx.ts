import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { userInfo } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Config } from '../config.ts';
import { dataHeaders } from '../headers.ts';
import { connectionsKept } from '../optimizations/upstreamKeepalive.ts';
import { assets } from '../static/staticFolder.ts';
import type { ProcessPlan } from '../wiring/processes.ts';
import { selfSigned } from './certificate.ts';
import type { Kind } from './children.ts';
import { ownAnswers } from './nginxProblems.ts';

interface Front {
  config: Config;
  plan: NonNullable<ProcessPlan['nginx']>;
  /** For its configuration and temporary files, this user's alone. */
  folder: string;
  sockets: readonly string[];
  /** Null where the service answers static files itself. */
  staticFolder: string | null;
}

/** nginx in the foreground: a child like the others, in the same process group. */
export function nginxKind(front: Front): Kind {
  const file = join(front.folder, 'nginx.conf');
  mkdirSync(join(front.folder, 'tmp'), { recursive: true });
  writeFileSync(file, nginxConfiguration(front));
  if (front.config.httpsPort !== null) {
    const { key, certificate } = selfSigned(new Date());
    writeFileSync(join(front.folder, 'key.pem'), key, { mode: 0o600 });
    writeFileSync(join(front.folder, 'certificate.pem'), certificate);
  }
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
/** Without queued-import an import is answered when all of its rows are written: for a file of the largest kind, row by row. */
const importMinutes = 30;

function nginxConfiguration(front: Front): string {
  const { config, plan, folder, sockets } = front;
  const host = isIPv6(config.host) ? `[${config.host}]` : config.host;
  const brotli = plan.precompressed ? brotliModule(plan.path) : null;
  return `${brotli === null ? '' : `load_module ${brotli};\n`}daemon off;
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
  types {
    text/css css;
    text/javascript js;
    image/webp webp;
  }
  charset utf-8;
  charset_types text/css text/javascript;
  # nginx would refuse these conditions with a page of its own: with one of them nothing is a file, and the service answers.
  map $http_if_match$http_if_unmodified_since $file {
    "" $uri;
    default "";
  }
  # Products share pictures, by the last two digits of their numbers.
  map $file $design {
    "~^/images/products/([1-9])\\.webp$" 0$1;
    "~^/images/products/[1-9]\\d{0,6}(\\d\\d)\\.webp$" $1;
    "~^/images/products/([1-9]\\d)\\.webp$" $1;
  }
${assetNames(front)}${callerLines(config)}
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
${balanceLine(front)}${sockets.map((socket) => `    server unix:${socket} max_fails=1 fail_timeout=${outSeconds}s;`).join('\n')}
${plan.keepAlive ? `    keepalive ${connectionsKept};\n    keepalive_requests 100000;\n` : ''}  }

  server {
    listen ${host}:${config.port} backlog=1024;
${tlsLines(front, host)}
${proxyLines(front)}${staticLocations(front)}
    location / {
      proxy_pass http://shop;
    }
    location ~* ^/imports/products/?$ {
      proxy_pass http://shop;
      proxy_read_timeout ${importMinutes}m;
    }

    # Only what nginx says itself; answers of the service pass as they are.
${ownAnswers(secureLines(config))}  }
}
`;
}

/** Debian's nginx has brotli as a package of its own; without it whoever takes brotli mostly takes gzip as well. */
function brotliModule(nginxPath: string): string | null {
  const root = isAbsolute(nginxPath) ? join(dirname(nginxPath), '..') : '/usr';
  const path = join(root, 'lib/nginx/modules/ngx_http_brotli_static_module.so');
  return existsSync(path) ? path : null;
}

function precompressedLines(nginxPath: string): string {
  const brotli = brotliModule(nginxPath) === null ? '' : '      brotli_static on;\n';
  return `      gzip_static on;\n      gzip_vary on;\n${brotli}`;
}

/** For every location that hands on to the service. */
function proxyLines({ config, plan }: Front): string {
  const [caller, scheme] = config.accounts.trustsProxy
    ? ['$caller', '$caller_scheme']
    : ['$remote_addr', '$scheme'];
  return `${plan.keepAlive ? '    proxy_http_version 1.1;\n    proxy_set_header Connection "";\n' : ''}    proxy_set_header Host $http_host;
    # Set, not added to: what a client says about itself is not believed.
    proxy_set_header X-Forwarded-For ${caller};
    proxy_set_header X-Forwarded-Proto ${scheme};
    proxy_set_header X-Forwarded-Host "";
    # Not for what may have done its work already: a write is repeated by its client, with its key.
    proxy_next_upstream error timeout;
    proxy_connect_timeout 2s;
    proxy_read_timeout ${config.nginx.readTimeoutMs}ms;
    proxy_buffers 16 16k;
    # A large answer waits for its reader, it is not written to a disk.
    proxy_max_temp_file_size 0;
`;
}

/** Where a proxy of ours stands in front of nginx, the address that it has put last is the caller's; each hop counts once. */
function callerLines({ accounts }: Config): string {
  if (!accounts.trustsProxy) return '';
  return `  map $http_x_forwarded_for $caller {
    default $remote_addr;
    "~(?<last>[0-9A-Fa-f.:]+)\\s*$" $last;
  }
  map $http_x_forwarded_proto $caller_scheme {
    default $scheme;
    http http;
    https https;
  }
`;
}

/** What lies beside them compressed is no file of its own. */
function assetNames({ staticFolder }: Front): string {
  if (staticFolder === null) return '';
  const names = Object.keys(assets).map((name) => `    /assets/${name} $uri;\n`);
  return `  map $file $asset {\n    default /none;\n${names.join('')}  }\n`;
}

function tlsLines({ config, plan, folder }: Front, host: string): string {
  if (config.httpsPort === null) return '';
  return `    listen ${host}:${config.httpsPort} ssl${plan.http2 ? ' http2' : ''} backlog=1024;
    ssl_certificate ${folder}/certificate.pem;
    ssl_certificate_key ${folder}/key.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
`;
}

/** As a CDN would: kept for a year where the name changes with the content, asked again where it does not. */
function staticLocations({ config, plan, staticFolder }: Front): string {
  if (staticFolder === null) return '';
  return `
    location ^~ /images/products/ {
      root ${staticFolder}/designs;
      try_files /$design.webp @shop;
${otherMethods}${secureLines(config)}      add_header Cache-Control "public, max-age=31536000, immutable";
    }

    location ^~ /assets/ {
      root ${staticFolder};
      try_files $asset @shop;
${plan.precompressed ? precompressedLines(plan.path) : ''}${otherMethods}${secureLines(config)}      add_header Cache-Control "public, max-age=300";
    }

    location @shop {
      proxy_pass http://shop;
      # What was asked of a file is not asked of the service's answer.
      max_ranges 0;
    }
`;
}

const otherMethods = `      # Other methods than reading get the service's answer.
      error_page 405 416 = @shop;
`;

/** The service's own, which answers of nginx never meet. */
function secureLines({ accounts }: Config): string {
  const headers = dataHeaders(accounts.publicUrl.startsWith('https:'));
  return headers.map(([name, value]) => `      add_header ${name} "${value}" always;\n`).join('');
}

/** Started as root, its workers would be nobody, who may not open the sockets. */
function userLine(): string {
  return process.getuid?.() === 0 ? `user ${userInfo().username};\n` : '';
}

function balanceLine({ config, plan: { balance } }: Front): string {
  switch (balance) {
    case 'round-robin':
      return '';
    case 'least-conn':
      return '    least_conn;\n';
    case 'ip-hash':
      // Behind a proxy all come from one address.
      return config.accounts.trustsProxy ? '    hash $caller;\n' : '    ip_hash;\n';
    default:
      return balance satisfies never;
  }
}
