// The plan of a job as an SVG picture: drawn once for its stages, then only coloured and counted.

import { byId, setAttribute, setText, shape } from "./dom.js";
import { bytes, number } from "./format.js";
import { layout } from "./layout.js";
import { standing } from "./stages.js";

const NODE = { width: 240, height: 44, across: 28, down: 40, bend: 24 };
const PAD = 12;
const KINDS = { keep: "in place", memory: "", sink: "" };

let drawn = null; // what the picture shows: {signature, stages: Map key → elements, edges: [labels], lengths: [points per edge]}

export function showPicture(job, drawing) {
  const stages = drawing?.stages ?? [];
  const known = new Set(stages.map(({ key }) => key));
  const edges = (drawing?.edges ?? []).filter(({ from, to }) => known.has(from) && known.has(to));
  const signature = JSON.stringify([job.id, stages.map(({ key }) => key), edges.map(({ from, to }) => [from, to])]);
  if (drawn?.signature !== signature) drawn = { signature, ...draw(stages, edges) };
  const states = standing(job);
  const progress = new Map(job.progress.stages.map((stage) => [stage.key, stage]));
  for (const stage of stages) {
    const { group, fill, tasks, rows } = drawn.stages.get(stage.key);
    const run = progress.get(stage.key) ?? { done: 0, tasks: stage.tasks };
    const fraction = run.tasks ? run.done / run.tasks : 0;
    setAttribute(group, "data-state", states.get(stage.key) ?? "QUEUED");
    setAttribute(fill, "width", Math.round(NODE.width * fraction));
    setText(tasks, `${number(run.done)}/${number(run.tasks)}${run.reused ? ` · ${number(run.reused)} reused` : ""}`);
    setText(rows, run.done ? `${number(run.rows)} ${run.rows === 1 ? "row" : "rows"}` : "");
  }
  // What a stage wrote is told once, however many read it.
  const told = new Set();
  for (const [i, edge] of [...edges.entries()].sort(([i], [j]) => drawn.lengths[i] - drawn.lengths[j])) {
    const kind = KINDS[edge.kind] ?? edge.kind;
    const again = told.has(`${edge.from} ${kind}`);
    told.add(`${edge.from} ${kind}`);
    setText(drawn.edges[i], again ? "" : edge.bytes ? `${kind} ${bytes(edge.bytes)}` : kind);
  }
}

function draw(stages, edges) {
  const keys = stages.map((stage) => stage.key);
  const plan = layout(keys, edges, NODE);
  const labels = plan.routes.map(label);
  const lengths = plan.routes.map((route) => route.length);
  const nodes = new Map(stages.map((stage) => [stage.key, node(stage, plan.nodes.get(stage.key))]));
  const place = byId("picture");
  if (!keys.length) {
    place.replaceChildren();
    return { stages: nodes, edges: labels, lengths };
  }
  const [width, height] = [plan.width + 4, plan.height + 4];
  const svg = shape("svg", { viewBox: `-2 -2 ${width} ${height}`, width, height, role: "img",
    "aria-label": `${keys.length} stages` }, arrow(), ...plan.routes.map(line), ...labels,
    ...[...nodes.values()].map(({ group }) => group));
  svg.style.minWidth = `${0.75 * width}px`; // smaller than that it would not be legible: it scrolls
  place.replaceChildren(svg);
  for (const stage of stages) shorten(nodes.get(stage.key).title, stage.title);
  return { stages: nodes, edges: labels, lengths };
}

function node(stage, { x, y }) {
  const frame = { width: NODE.width, height: NODE.height, rx: 6 };
  const fill = shape("rect", { ...frame, class: "fill", width: 0 });
  const title = shape("text", { class: "title", x: PAD, y: 18 });
  const tasks = shape("text", { x: PAD, y: 34 });
  const rows = shape("text", { x: NODE.width - PAD, y: 34, "text-anchor": "end" });
  const tip = shape("title");
  tip.textContent = [stage.title, "", ...stage.operators].join("\n");
  const group = shape("g", { class: "stage", transform: `translate(${x - NODE.width / 2} ${y})` },
    tip, shape("rect", { ...frame, class: "ground" }), fill, title, tasks, rows, shape("rect", { ...frame, class: "frame" }));
  return { group, fill, title, tasks, rows };
}

// SVG text has no ellipsis of its own.
function shorten(text, whole) {
  const fits = (title) => {
    text.textContent = title;
    return text.getComputedTextLength() <= NODE.width - 2 * PAD;
  };
  const letters = [...whole.slice(0, 100)];
  if (fits(whole.slice(0, 200))) return;
  while (letters.length && !fits(`${letters.join("").trimEnd()}…`)) letters.pop();
}

function line(route) {
  let path = "";
  for (let i = 1; i < route.length; i += 1) {
    const [from, to] = [route[i - 1], route[i]];
    const bottom = from.y + NODE.height;
    const middle = (bottom + to.y) / 2;
    // Straight down beside the nodes of a layer, bending only between layers.
    path += `${i === 1 ? "M" : "L"}${from.x} ${bottom}C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${to.y}`;
  }
  return shape("path", { class: "edge", d: path, "marker-end": "url(#arrow)" });
}

const arrow = () => shape("marker", { id: "arrow", viewBox: "0 0 6 6", refX: 5.5, refY: 3, markerWidth: 6, markerHeight: 6,
  markerUnits: "userSpaceOnUse", orient: "auto" }, shape("path", { d: "M0 0L6 3L0 6z" }));

function label(route) {
  const [from, to] = route;
  return shape("text", { class: "label", x: (from.x + to.x) / 2, "text-anchor": "middle",
    y: (from.y + NODE.height + to.y) / 2 + 4 });
}
