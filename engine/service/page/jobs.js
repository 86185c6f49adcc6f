// The list of jobs, newest first.

import { bar, byId, element, keyed, setAttribute, setBar, setText } from "./dom.js";
import { bytes, duration, elapsed, fullMoment, isActive, moment, nameOf, number, stateOf } from "./format.js";

export function showJobs(jobs, selected, now) {
  keyed(byId("jobs"), jobs, (job) => job.id, createRow, (row, job) => updateRow(row, job, selected, now));
  const empty = byId("empty");
  empty.hidden = jobs.length > 0;
  setText(empty, "No jobs.");
}

function createRow(job) {
  const link = element("a");
  link.href = `#job/${encodeURIComponent(job.id)}`;
  link.dir = "auto";
  const columns = ["rows", "scanned", "cpu", "seconds"].map((name) => element("td", `number ${name}`));
  return element("tr", "", element("th", "name", element("span", "dot"), link), element("td", "state"),
    element("td", "progress", bar(), element("span", "percent")), ...columns,
    element("td", "number started", element("time")));
}

function updateRow(row, job, selected, now) {
  const [name, state, progress, rows, scanned, cpu, seconds, started] = row.children;
  const fraction = job.progress.fraction;
  setAttribute(row, "data-state", job.state);
  const link = name.lastElementChild;
  setText(link, nameOf(job));
  setAttribute(link, "title", job.name ?? job.id);
  setAttribute(link, "aria-current", job.id === selected);
  name.classList.toggle("unnamed", job.name == null);
  setText(state, stateOf(job));
  setBar(progress.firstElementChild, fraction);
  setText(progress.lastElementChild, isActive(job) && job.started != null ? `${Math.floor(100 * fraction)} %` : "");
  setText(rows, number(job.metrics.rows));
  setText(scanned, bytes(job.metrics.bytes_scanned));
  setText(cpu, duration(job.metrics.cpu_seconds));
  setText(seconds, duration(elapsed(job, now)));
  const time = started.firstElementChild;
  setText(time, moment(job.started ?? job.created, now));
  setAttribute(time, "title", fullMoment(job.started ?? job.created));
}

// The link above or below the selected one, for the arrow keys.
export function neighbour(step) {
  const links = [...byId("jobs").querySelectorAll("a")];
  const here = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  return links[here < 0 ? (step > 0 ? 0 : links.length - 1) : here + step];
}
