// node's `workerpool` with workers that are processes, measured as the C++ programs beside this one
// are. The same file is what the workers run. Buffers travel by `serialization: 'advanced'`, which is
// faster with them than node's usual JSON; numbers travel by JSON.
'use strict';
const fs = require('node:fs');
const workerpool = require('workerpool');

const WITH_DATA = {process_echo_1mb: ['echo', 1, 50], process_echo_64mb: ['echo', 64, 3],
  process_view_64mb: ['endsOf', 64, 3]};

function serve() {
  workerpool.worker({
    emptyTask: () => 1,
    echo: (data) => data,
    endsOf: (data) => data[0] + data[data.length - 1],
    mapChunk: (items) => items.map((x) => 2 * x + 1),
    pid: () => process.pid,
    sleep: (ms) => new Promise((done) => { setTimeout(done, ms); }),
  });
}

function require_(held) {
  if (!held) throw new Error('a task was lost');
}

function poolOf(workers, serialization = 'json') {
  return workerpool.pool(__filename, {
    workerType: 'process', minWorkers: 0, maxWorkers: workers, forkOpts: {serialization},
  });
}

async function timed(call) {
  const begin = process.hrtime.bigint();
  await call();
  return Number(process.hrtime.bigint() - begin);
}

function distribution(times) {
  times.sort((a, b) => a - b);
  const n = times.length;
  return {ns: times[Math.floor(n / 2)], p99: times[n - 1 - Math.floor(n / 100)]};
}

async function each(n, call, before = async () => {}) {
  const times = [];
  for (let i = 0; i < n; ++i) {
    await before();
    times.push(await timed(call));
  }
  return distribution(times);
}

// A pass to warm up, then the one that counts.
async function perPiece(n, call) {
  await call();
  return {ns: await timed(call) / n};
}

const pause = () => new Promise((done) => { setTimeout(done, 2); });

// --- the cases ------------------------------------------------------------------------------------

async function tasks(pool, n) {
  const all = [];
  for (let i = 0; i < n; ++i) all.push(pool.exec('emptyTask'));
  let sum = 0;
  for (const one of all) sum += await one;
  require_(sum === n);
}

async function trips(pool, n) {
  let sum = 0;
  for (let i = 0; i < n; ++i) sum += await pool.exec('emptyTask');
  require_(sum === n);
}

async function map(pool, n) {
  const all = [];
  for (let from = 0; from < n; from += 100) {
    const items = Array.from({length: Math.min(100, n - from)}, (_, i) => from + i);
    all.push(pool.exec('mapChunk', [items]));
  }
  let sum = 0;
  for (const one of all) for (const y of await one) sum += y;
  require_(sum === n * n);
}

async function idle(pool, options) {
  await tasks(pool, options.times(1000));
  process.stdout.write('at rest\n');
  await new Promise((done) => { process.stdin.on('end', done).resume(); });
}

async function oneMore(options) {
  const pool = poolOf(9);
  await pool.exec('emptyTask');
  const busy = [];
  const found = await each(options.shrink > 1 ? 2 : 8, () => pool.exec('emptyTask'),
    async () => { busy.push(pool.exec('sleep', [1000])); });
  await pool.terminate(true);
  await Promise.allSettled(busy);
  return found;
}

async function replace(options) {
  const pool = poolOf(1);
  let old = await pool.exec('pid');
  const next = async () => {
    process.kill(old, 'SIGKILL');
    for (const dead = old; old === dead;) old = await pool.exec('pid').catch(() => dead);
  };
  const found = await each(options.times(20), next, pause);
  await pool.terminate();
  return found;
}

async function start() {
  let pool;
  const ns = await timed(async () => {
    pool = poolOf(1);
    await pool.exec('emptyTask');
  });
  await pool.terminate();
  return {ns};
}

async function withData(options) {
  const [method, megabytes, usual] = WITH_DATA[options.name];
  const pool = poolOf(options.workers, 'advanced');
  const data = Buffer.alloc(options.shrink > 100 ? 8192 : megabytes << 20);
  await pool.exec(method, [data]);
  const found = await each(options.times(usual), () => pool.exec(method, [data]));
  await pool.terminate();
  return found;
}

async function withPool(options) {
  const pool = poolOf(options.workers);
  const counted = {process_tasks: [tasks, 10_000], process_trip: [trips, 5_000], process_map: [map, 1_000_000]};
  let found;
  if (options.name === 'process_idle') {
    await idle(pool, options);
  } else if (options.name === 'process_trip_asleep') {
    await pool.exec('emptyTask');
    found = await each(options.times(200), () => pool.exec('emptyTask'), pause);
  } else {
    const [call, usual] = counted[options.name];
    const n = options.times(usual);
    found = await perPiece(n, () => call(pool, n));
  }
  await pool.terminate();
  return found;
}

function measure(options) {
  if (options.name in WITH_DATA) return withData(options);
  const own = {process_start: start, process_one_more: oneMore, process_replace: replace}[options.name];
  return own ? own(options) : withPool(options);
}

function parse(words) {
  const options = {name: words[0], shrink: 1, workers: 2};
  for (let i = 1; i < words.length; i += 2) options[words[i].slice(2)] = Number(words[i + 1]);
  options.times = (usual) => Math.max(Math.floor(usual / options.shrink), 2);
  return options;
}

async function main() {
  const options = parse(process.argv.slice(2));
  const found = await measure(options);
  if (found) fs.writeSync(1, JSON.stringify({case: options.name, ...found}) + '\n');
}

if (process.argv.length > 2) main();
else serve();
