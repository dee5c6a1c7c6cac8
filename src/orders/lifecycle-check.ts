import { START, type StatusRule, STATUSES, TRANSITIONS } from './lifecycle.js';

type Statuses = Readonly<Record<string, Omit<StatusRule, 'task'> & { readonly task: string | null }>>;
type Transitions = Readonly<Record<string, Readonly<Record<string, string>>>>;
/** For each task, the event with which a worker starts it, if any, and the event of a failed attempt. */
type Tasks = Readonly<Record<string, { readonly startedBy: string | null; readonly failedBy: string }>>;

const DEAD_LETTER_EVENTS = ['DEAD_LETTERED', 'DEAD_LETTER_RETRIED', 'DEAD_LETTER_DISCARDED'];

/**
 * Finds gaps and contradictions in the lifecycle tables: unknown or unreachable statuses, edges out of a final status,
 * statuses in which orders would be stuck, tasks that are never due, and missing failure events.
 * @returns one sentence for each problem
 */
export function checkLifecycle(
  tasks: Tasks,
  statuses: Statuses = STATUSES,
  transitions: Transitions = TRANSITIONS,
): string[] {
  return [
    ...checkEdges(statuses, transitions),
    ...Object.entries(statuses).flatMap(([status, rule]) => checkStatus(status, rule, tasks, transitions)),
    ...Object.keys(tasks)
      .filter((task) => !Object.values(statuses).some((rule) => rule.task === task))
      .map((task) => `the task ${task} is due in no status`),
  ];
}

function checkEdges(statuses: Statuses, transitions: Transitions): string[] {
  const edges = Object.entries(transitions).flatMap(([type, targets]) =>
    Object.entries(targets).map(([from, to]) => ({ type, from, to })),
  );
  const reached = new Set<string>([START]);
  for (let size = 0; size !== reached.size;) {
    size = reached.size;
    for (const { from, to } of edges) if (reached.has(from)) reached.add(to);
  }
  return [
    ...edges.flatMap(({ type, from, to }) =>
      [from, to]
        .filter((status) => status !== START && statuses[status] === undefined)
        .map((status) => `${type} names the unknown status ${status}`),
    ),
    ...Object.keys(statuses)
      .filter((status) => !reached.has(status))
      .map((status) => `${status} can't be reached`),
  ];
}

function checkStatus(
  status: string,
  { isFinal, task, movedBy, cancellation }: Statuses[string],
  tasks: Tasks,
  transitions: Transitions,
): string[] {
  const problems: string[] = [];
  const leaving = Object.entries(transitions).filter(([, targets]) => (targets[status] ?? status) !== status);
  for (const [type] of isFinal ? leaving : []) problems.push(`${type} leaves the final status ${status}`);
  if (!isFinal && leaving.length === 0) problems.push(`nothing leaves ${status}, which is not final`);
  if (isFinal && task !== null) problems.push(`${status} is final, and has a task`);
  if (!isFinal && task === null && movedBy.length === 0)
    problems.push(`${status} has no task, is not final, and nobody moves it`);
  const required = task === null ? [] : [...DEAD_LETTER_EVENTS, ...eventsOf(tasks[task], leaving)];
  if (task !== null && tasks[task] === undefined) problems.push(`${status} has the unknown task ${task}`);
  if (cancellation !== 'accepted' && cancellation !== 'refused') required.push(cancellation);
  for (const type of required) {
    if (transitions[type]?.[status] === undefined) problems.push(`${type} is not allowed in ${status}`);
  }
  return problems;
}

/** Where the start of the task does not leave the status, attempts can fail in it. */
function eventsOf(
  rule: Tasks[string] | undefined,
  leaving: readonly (readonly [string, unknown])[],
): string[] {
  if (rule === undefined) return [];
  const startLeaves = leaving.some(([type]) => type === rule.startedBy);
  return startLeaves ? [] : [rule.failedBy];
}
