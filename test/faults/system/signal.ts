/** Signals processes, which may have ended by themselves meanwhile. Returns how many there were. */
export function signal(pids: readonly number[], name: NodeJS.Signals | 0): number {
  let reached = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, name);
      reached += 1;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
  return reached;
}
