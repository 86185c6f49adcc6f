// One job: its totals, error, plan, stages and log.

import { byId, element, keyed, setAttribute, setText } from "./dom.js";
import { bytes, duration, elapsed, fullMoment, isActive, moment, nameOf, number, stateOf, timeOfDay } from "./format.js";
import { showPicture } from "./picture.js";
import { showStages } from "./stages.js";

const LINES = 500; // of a log that are kept on the page

export function showDetail(job, drawing, now) {
  byId("detail").hidden = false;
  setAttribute(byId("detail"), "data-state", job.state);
  setText(byId("job-name"), nameOf(job));
  setText(byId("job-state"), stateOf(job));
  const cancel = byId("cancel");
  cancel.hidden = !isActive(job);
  cancel.disabled = job.cancelling === true;
  setText(byId("job-facts"), facts(job, now).join("  ·  "));
  const { rows, bytes_scanned, bytes_fetched, bytes_exchanged, cpu_seconds, peak_memory } = job.metrics;
  keyed(byId("totals"), [
    ["Rows", number(rows)], ["Scanned", bytes(bytes_scanned)], ["Fetched", bytes(bytes_fetched)],
    ["Exchanged", bytes(bytes_exchanged)], ["CPU", duration(cpu_seconds)], ["Peak memory", bytes(peak_memory)],
    ["Time", duration(elapsed(job, now))],
  ], ([name]) => name, ([name]) => element("div", "", element("dt", "", name), element("dd")),
  (row, [, text]) => setText(row.lastElementChild, text));
  showError(job.error);
  showPicture(job, drawing);
  showStages(job, drawing);
}

function facts(job, now) {
  return [
    job.id,
    `submitted ${moment(job.created, now)}`,
    ...(job.attempts > 1 ? [`attempt ${number(job.attempts)}`] : []),
    ...(job.reused ? ["answered from an earlier result"] : []),
    ...Object.entries(job.labels ?? {}).map(([name, value]) => `${name}: ${value}`),
  ];
}

function showError(error) {
  const place = byId("error");
  place.hidden = error == null;
  if (error == null) return;
  const [title, message, line] = place.children;
  setText(title, `${error.code}  ${error.type}`);
  setText(message, error.message);
  setText(line, error.line ? `asked for at ${error.line}` : "");
}

export function hideDetail() {
  byId("detail").hidden = true;
  clearLog();
}

export const clearLog = () => byId("log").replaceChildren();

export function addToLog(lines) {
  const log = byId("log");
  if (!lines.length) return;
  const following = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
  log.append(...lines.slice(-LINES).map(({ time, text }) => {
    const stamp = element("time", "", timeOfDay(time));
    stamp.title = fullMoment(time);
    return element("p", "", stamp, element("span", "", text));
  }));
  while (log.childElementCount > LINES) log.firstElementChild.remove();
  if (following) log.scrollTop = log.scrollHeight;
}
