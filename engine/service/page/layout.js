// A layered drawing of an acyclic graph, top to bottom (Sugiyama, Tagawa and Toda 1981): layers by longest path,
// crossings reduced by barycentres, edges that skip layers routed through points of their own.

const SWEEPS = 9; // odd: the last one goes down, which makes chains straight

// keys: ids of nodes; edges: [{from, to}]. Returns {width, height, nodes: Map key → {x, y}, routes: [[{x, y}, …] per edge]}:
// x is a node's centre, y its top.
export function layout(keys, edges, { width, height, across, down, bend }) {
  const layer = layersOf(keys, edges);
  const rows = Array.from({ length: Math.max(0, ...layer.values()) + 1 }, () => []);
  const nodes = new Map(keys.map((key) => [key, { key, width, up: [], down: [] }]));
  for (const key of keys) rows[layer.get(key)].push(nodes.get(key));
  const routes = edges.map(({ from, to }) => {
    const route = [nodes.get(from)];
    for (let row = layer.get(from) + 1; row < layer.get(to); row += 1) {
      const point = { width: bend, up: [], down: [] };
      rows[row].push(point);
      route.push(point);
    }
    route.push(nodes.get(to));
    for (let i = 1; i < route.length; i += 1) {
      route[i - 1].down.push(route[i]);
      route[i].up.push(route[i - 1]);
    }
    return route;
  });
  for (const row of rows) row.forEach((node, place) => { node.x = place; });
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const downwards = sweep % 2 === 0;
    for (const row of downwards ? rows : rows.toReversed()) {
      for (const node of row) node.wish = mean(downwards ? node.up : node.down, node.x);
      row.sort((a, b) => a.wish - b.wish);
      row.forEach((node, place) => { node.x = place; });
    }
  }
  place(rows, across);
  rows.forEach((row, number) => row.forEach((node) => { node.y = number * (height + down); }));
  const all = rows.flat();
  const left = Math.min(...all.map((node) => node.x - node.width / 2));
  for (const node of all) node.x -= left;
  return { nodes, routes, width: Math.max(...all.map((node) => node.x + node.width / 2)),
    height: rows.length * (height + down) - down };
}

// Longest path from the sources; then each source sinks to just above what reads it, which shortens its edges.
function layersOf(keys, edges) {
  const layer = new Map(keys.map((key) => [key, 0]));
  for (let changed = true, round = 0; changed && round <= keys.length; round += 1) {
    changed = false;
    for (const { from, to } of edges) {
      if (layer.get(to) > layer.get(from)) continue;
      layer.set(to, layer.get(from) + 1);
      changed = true;
    }
  }
  for (const key of keys) {
    const readers = edges.filter((edge) => edge.from === key).map((edge) => layer.get(edge.to));
    if (readers.length && !edges.some((edge) => edge.to === key)) layer.set(key, Math.min(...readers) - 1);
  }
  return layer;
}

// Each node moves to the mean of those above it, then of those below, as far as the ones beside it let it.
function place(rows, across) {
  const apart = (a, b) => (a.width + b.width) / 2 + across;
  for (const row of rows) row.forEach((node, i) => { node.x = i ? row[i - 1].x + apart(row[i - 1], node) : 0; });
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const row of sweep % 2 ? rows.toReversed() : rows) {
      for (const node of row) node.wish = mean(sweep % 2 ? node.down : node.up, node.x);
      const right = row.map((node) => node.wish);
      for (let i = 1; i < row.length; i += 1) right[i] = Math.max(right[i], right[i - 1] + apart(row[i - 1], row[i]));
      const left = row.map((node) => node.wish);
      for (let i = row.length - 2; i >= 0; i -= 1) left[i] = Math.min(left[i], left[i + 1] - apart(row[i], row[i + 1]));
      row.forEach((node, i) => { node.x = (left[i] + right[i]) / 2; });
    }
  }
}

const mean = (nodes, otherwise) =>
  nodes.length ? nodes.reduce((sum, node) => sum + node.x, 0) / nodes.length : otherwise;
