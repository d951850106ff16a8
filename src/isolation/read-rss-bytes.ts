import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const hasProc = existsSync('/proc/self/status');

/** `VmRSS` is in kB whatever the page size is, unlike the pages of `statm`. About 20 µs, so it is read synchronously. */
function fromProc(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** Where there is no /proc (macOS, BSD): `ps`, which POSIX gives `rss` in kB. Costs a process, some milliseconds. */
function fromPs(pid: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    execFile('ps', ['-o', 'rss=', '-p', String(pid)], { timeout: 1000 }, (error, stdout) => {
      const kilobytes = Number.parseInt(stdout, 10);
      resolve(error !== null || Number.isNaN(kilobytes) ? undefined : kilobytes * 1024);
    });
  });
}

/**
 * Resident memory of another process in bytes, without its help: it may sit in a native call that never returns.
 * Undefined when the process is gone or, on a system with neither /proc nor ps (Windows), always: `maxRssBytes` has
 * no effect there and only time limits bound a child.
 */
export async function readRssBytes(pid: number, useProc = hasProc): Promise<number | undefined> {
  return useProc ? fromProc(pid) : await fromPs(pid);
}
