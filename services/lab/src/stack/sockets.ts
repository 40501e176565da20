import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** sun_path of unix(7) holds 108 bytes, 104 on macOS. */
const maxBytes = 100;

/** Below the home, or in a folder of this user's own below the system's temporary one when that path is too long. */
export function socketPathOf(home: string, name: string): string {
  const near = join(home, 'sockets', `${name}.sock`);
  if (Buffer.byteLength(near) <= maxBytes) return near;
  const digest = createHash('sha256').update(home).digest('hex').slice(0, 16);
  return join(tmpdir(), `dyno-${digest}`, `${name}.sock`);
}
