import { spawn } from 'node:child_process';

/** Where there is a browser to open; without one the address on the terminal must do. */
export function openBrowser(url: string): void {
  if (!process.stdout.isTTY) return;
  const command = process.platform === 'darwin' ? 'open' : 'xdg-open';
  spawn(command, [url], { detached: true, stdio: 'ignore' })
    .on('error', () => {})
    .unref();
}
