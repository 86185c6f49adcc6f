// The service's HTTP interface, and the token that opens it.

const KEPT = "bigframe-token";
const PATIENCE = 15_000; // milliseconds

export class Unauthorized extends Error {}

export class Refused extends Error {
  constructor(status, body) {
    super(body?.error?.message ?? `the server answered ${status}`);
    this.status = status;
  }
}

// The inverse of encodeURIComponent, which lets malformed text through instead of throwing.
export const decoded = (text) => new URLSearchParams(`text=${text}`).get("text");

// A token may come in the fragment, which browsers never send; it leaves the address bar before anybody reads it there.
export function takeTokenFromAddress() {
  const parts = location.hash.slice(1).split("&");
  const given = parts.find((part) => part.startsWith("token="));
  if (given === undefined) return;
  setToken(decoded(given.slice("token=".length)));
  const rest = parts.filter((part) => part !== given).join("&");
  history.replaceState(null, "", location.pathname + location.search + (rest && `#${rest}`));
}

export const setToken = (token) => sessionStorage.setItem(KEPT, token);
export const forgetToken = () => sessionStorage.removeItem(KEPT);
export const hasToken = () => sessionStorage.getItem(KEPT) !== null;

// Seconds by which the server's clock is ahead of this one, so that elapsed times are the server's.
let ahead = null;
export const now = () => Date.now() / 1000 + (ahead ?? 0);

async function ask(path, options = {}) {
  const headers = hasToken() ? { Authorization: `Bearer ${sessionStorage.getItem(KEPT)}` } : {};
  const response = await fetch(`v1/${path}`, {
    ...options, headers, cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE),
  });
  if (ahead === null && response.headers.has("Date")) {
    const apart = (Date.parse(response.headers.get("Date")) - Date.now()) / 1000;
    ahead = Math.abs(apart) < 2 ? 0 : apart; // the header has whole seconds
  }
  if (response.status === 401) throw new Unauthorized();
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, body);
  return body;
}

const of = (id) => `jobs/${encodeURIComponent(id)}`;

export const server = () => ask("server");
export const jobs = (state) => ask(`jobs?limit=100${state ? `&state=${state}` : ""}`).then((answer) => answer.jobs);
export const job = (id) => ask(of(id));
export const plan = (id) => ask(`${of(id)}/plan`);
export const logs = (id, after) => ask(`${of(id)}/logs?after=${after}`).then((answer) => answer.lines);
export const cancel = (id) => ask(`${of(id)}/cancel`, { method: "POST" });
