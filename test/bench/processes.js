import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What `npm run start:prod` gives to Node.js; everything that is compared runs with the same. */
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const PRODUCTION_FLAGS = scripts['start:prod'].split(' ').filter((word) => word.startsWith('--'));

/** Linux counts a process's CPU in these, whatever its timer does. */
const TICKS_A_SECOND = 100;

/**
 * A Node.js process of the system, or of what it is compared with: it says `ready` with its url in a JSON line.
 * @param script relative to the repository @param nodeArguments such as --expose-gc
 */
export async function startServer(environment, script = 'dist/main.js', nodeArguments = []) {
  const child = spawn(process.execPath, [...PRODUCTION_FLAGS, ...nodeArguments, script], {
    env: { LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const url = await new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /"url":"(http:[^"]+)".*"msg":"ready"/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
      else if (/"level":(50|60|"error"|"fatal")/.test(line)) console.log(line);
    });
    child.once('exit', (code) => reject(new Error(`${script} ended with ${code} before it was ready`)));
  });
  return {
    url,
    pid: child.pid,
    child,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Seconds of CPU that a process and its children, the ended ones included, have taken so far. */
export function cpuSeconds(pid) {
  const children = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const stat = statOf(entry);
    if (stat === undefined) continue;
    children.set(stat.parent, [...(children.get(stat.parent) ?? []), { pid: Number(entry), ...stat }]);
  }
  const ofTree = ({ pid: id, own, ended }) =>
    own + ended + (children.get(id) ?? []).reduce((sum, child) => sum + ofTree(child), 0);
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`there is no process ${pid}`);
  return ofTree({ pid, ...stat }) / TICKS_A_SECOND;
}

/** Undefined where the process has ended. */
function statOf(pid) {
  let text;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The program's name, which may hold anything, ends with the last bracket.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [, parent] = fields;
  const [user, system, endedUser, endedSystem] = fields.slice(11);
  return { parent, own: user + system, ended: endedUser + endedSystem };
}

/** MiB of memory that a process has in use. */
export function residentMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}
