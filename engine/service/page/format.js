// Numbers and times as people read them: with units, in their locale and time zone.

const NOTHING = "–";
const count = new Intl.NumberFormat();
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const minute = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  hourCycle: "h23" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

export const number = (value) => (value == null ? NOTHING : count.format(value));

export function bytes(value) {
  if (value == null) return NOTHING;
  if (value < 1024) return `${count.format(value)} B`;
  const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = -1;
  do {
    value /= 1024;
    unit += 1;
  } while (value >= 1023.95 && unit < units.length - 1);
  return `${value.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds == null) return NOTHING;
  if (seconds < 0.1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 1) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
  return `${count.format(Math.floor(whole / 3600))} h ${two(Math.floor((whole % 3600) / 60))} m`;
}

// Today's times without their date.
export function moment(seconds, now) {
  if (seconds == null) return NOTHING;
  const then = new Date(1000 * seconds);
  return (then.toDateString() === new Date(1000 * now).toDateString() ? clock : minute).format(then);
}

export const timeOfDay = (seconds) => clock.format(new Date(1000 * seconds));
export const fullMoment = (seconds) => (seconds == null ? "" : exact.format(new Date(1000 * seconds)));

const STATES = { QUEUED: "Queued", RUNNING: "Running", COMMITTING: "Committing", SUCCEEDED: "Succeeded", FAILED: "Failed",
  CANCELLED: "Cancelled" };
export const stateOf = (job) => (job.cancelling && isActive(job) ? "Cancelling" : STATES[job.state] ?? job.state);
export const isActive = (job) => !["SUCCEEDED", "FAILED", "CANCELLED"].includes(job.state);
export const nameOf = (job) => job.name ?? job.id.slice(0, 8);
export const elapsed = (job, now) => (job.started == null ? null : Math.max(0, (job.finished ?? now) - job.started));
