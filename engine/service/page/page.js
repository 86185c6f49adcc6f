// The page: asks the service once a second while somebody looks, and shows what it says.

import * as api from "./api.js";
import { addToLog, clearLog, hideDetail, showDetail } from "./detail.js";
import { byId, setAttribute, setText } from "./dom.js";
import { isActive, nameOf } from "./format.js";
import { neighbour, showJobs } from "./jobs.js";

const PERIOD = 1000; // milliseconds
const LONGEST_PAUSE = 10_000;
const SHARE = 0.1; // of its time that a page may keep the service busy

let open = null; // the job on the right: {id, job, drawing, line}
let timer = null;
let asking = false;
let again = false;
let failures = 0;

const filter = () => new FormData(byId("filter")).get("state");

async function refresh() {
  const wanted = filter();
  if (!byId("version").textContent) setText(byId("version"), (await api.server()).version);
  const jobs = await api.jobs(wanted === "ACTIVE" ? "" : wanted);
  if (wanted !== filter()) return;
  const active = jobs.filter(isActive);
  showJobs(wanted === "ACTIVE" ? active : jobs, open?.id, api.now());
  document.title = wanted || !active.length ? "bigframe" : `(${active.length}) bigframe`;
  if (open) await refreshOpen(open);
}

async function refreshOpen(shown) {
  let job;
  try {
    job = await api.job(shown.id);
  } catch (error) {
    if (error.status !== 404) throw error;
    if (shown === open) location.hash = "";
    return;
  }
  if (job.seq !== shown.job?.seq) shown.drawing = await api.plan(shown.id);
  const lines = isActive(job) || job.seq !== shown.job?.seq ? await api.logs(shown.id, shown.line) : [];
  if (shown !== open) return;
  shown.job = job;
  shown.line = lines.at(-1)?.seq ?? shown.line;
  showDetail(job, shown.drawing, api.now());
  addToLog(lines);
}

async function tick() {
  clearTimeout(timer);
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  again = false;
  const began = performance.now();
  try {
    await refresh();
    failures = 0;
    say("live", "live");
    byId("forget").hidden = !api.hasToken();
  } catch (error) {
    if (error instanceof api.Unauthorized) askForToken();
    else lost(error);
  } finally {
    asking = false;
  }
  const slow = (performance.now() - began) / SHARE;
  const pause = Math.min(Math.max(PERIOD * 2 ** Math.max(0, failures - 1), slow), LONGEST_PAUSE);
  if (again) tick();
  else if (!document.hidden && !byId("sign-in").open) timer = setTimeout(tick, pause);
}

function lost(error) {
  failures += 1;
  const answered = error instanceof api.Refused;
  say("lost", answered ? error.message : "connection lost, trying again");
  if (!answered && !(error instanceof TypeError) && error.name !== "TimeoutError") console.error(error);
}

function say(state, text) {
  setAttribute(byId("connection"), "data-state", state);
  setText(byId("connection"), text);
}

function askForToken() {
  setText(byId("refused"), api.hasToken() ? "The server does not accept this token." : "");
  api.forgetToken();
  say("wait", "token needed");
  if (!byId("sign-in").open) byId("sign-in").showModal();
}

function followAddress() {
  api.takeTokenFromAddress();
  const id = location.hash.startsWith("#job/") ? api.decoded(location.hash.slice("#job/".length)) : null;
  if (id === (open?.id ?? null)) return;
  clearLog();
  open = id === null ? null : { id, job: null, drawing: null, line: 0 };
  document.body.classList.toggle("open", open !== null);
  for (const link of byId("jobs").querySelectorAll("a")) {
    setAttribute(link, "aria-current", open !== null && link.closest("tr").dataset.key === id);
  }
  if (open === null) hideDetail();
  byId("detail").scrollTop = 0;
  tick();
}

function onKey(event) {
  if (event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && open) location.hash = "";
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (!step || event.target.closest("input, #detail")) return;
  const link = neighbour(step);
  if (!link) return;
  event.preventDefault();
  link.focus();
  link.click();
}

async function cancel(job) {
  try {
    await api.cancel(job.id);
  } catch (error) {
    lost(error);
  }
  tick();
}

byId("filter").addEventListener("change", tick);
byId("forget").addEventListener("click", () => {
  api.forgetToken();
  location.reload();
});
byId("cancel").addEventListener("click", () => {
  const job = open?.job;
  if (!job) return;
  const dialog = byId("confirm");
  setText(byId("confirm-name"), nameOf(job));
  dialog.returnValue = "keep";
  dialog.showModal();
  // The job that was named, whatever is open by then.
  dialog.onclose = () => dialog.returnValue === "cancel" && cancel(job);
});
byId("sign-in").addEventListener("cancel", (event) => event.preventDefault());
byId("sign-in").addEventListener("close", () => {
  api.setToken(byId("token").value);
  byId("token").value = "";
  tick();
});
document.addEventListener("keydown", onKey);
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : tick()));
addEventListener("hashchange", followAddress);
followAddress();
if (!open) tick();
