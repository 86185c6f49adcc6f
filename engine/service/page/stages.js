// The stages of a job as a table, and how each of them stands.

import { bar, byId, element, keyed, setAttribute, setBar, setText } from "./dom.js";
import { bytes, duration, isActive, number } from "./format.js";

// Stages run one after the other: the first that is not done is the one that runs, or the one that failed.
export function standing(job) {
  const stages = job.progress.stages;
  const current = stages.findIndex((stage) => stage.done < stage.tasks);
  return new Map(stages.map((stage, position) => {
    if (stage.done >= stage.tasks) return [stage.key, "SUCCEEDED"];
    if (position !== current || job.state === "QUEUED") return [stage.key, "QUEUED"];
    return [stage.key, isActive(job) ? "RUNNING" : job.state];
  }));
}

export function showStages(job, drawing) {
  const states = standing(job);
  const operators = new Map((drawing?.stages ?? []).map((stage) => [stage.key, stage.operators]));
  keyed(byId("stages"), job.progress.stages, (stage) => stage.key, createRow,
    (row, stage) => updateRow(row, stage, states.get(stage.key), operators.get(stage.key) ?? []));
}

function createRow() {
  const summary = element("summary", "", element("span", "dot"), element("span", "title"));
  const columns = ["count", "count", "rows", "bytes", "seconds"].map((name) => element("td", `number ${name}`));
  return element("tr", "", element("th", "name", element("details", "", summary, element("ol"))),
    element("td", "progress", bar(), element("span", "percent")), ...columns);
}

function updateRow(row, stage, state, operators) {
  const [name, progress, reused, reran, rows, size, seconds] = row.children;
  const [summary, list] = name.firstElementChild.children;
  setAttribute(row, "data-state", state);
  setText(summary.lastElementChild, stage.title);
  setAttribute(summary, "title", stage.title);
  keyed(list, [...operators.entries()], ([position]) => position, () => element("li"),
    (item, [, text]) => setText(item, text));
  setBar(progress.firstElementChild, stage.tasks ? stage.done / stage.tasks : 0);
  setText(progress.lastElementChild, `${number(stage.done)}/${number(stage.tasks)}`);
  setText(reused, stage.reused ? number(stage.reused) : "");
  setText(reran, stage.reran ? number(stage.reran) : "");
  const begun = stage.done > 0;
  setText(rows, number(begun ? stage.rows : null));
  setText(size, bytes(begun ? stage.bytes : null));
  setText(seconds, duration(begun ? stage.seconds : null));
}
