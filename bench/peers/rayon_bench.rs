// Rust's rayon: spawn, with a channel where a result is wanted; install where one result is waited for at
// once; scope for calls that are all tasks, join, and its parallel iterators.
use rayon::prelude::*;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{channel, Receiver};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn empty_task() -> usize {
    1
}

fn submit(pool: &rayon::ThreadPool) -> Receiver<usize> {
    let (sender, receiver) = channel();
    pool.spawn(move || drop(sender.send(empty_task())));
    receiver
}

fn submit_result(pool: &rayon::ThreadPool, n: usize) {
    let results: Vec<_> = (0..n).map(|_| submit(pool)).collect();
    let sum: usize = results.into_iter().map(|r| r.recv().expect("a task was lost")).sum();
    assert_eq!(sum, n, "a task was lost");
}

// The calling thread sleeps until the last task wakes it.
fn fire_and_forget(pool: &rayon::ThreadPool, n: usize) {
    let caller = std::thread::current();
    let left = Arc::new(AtomicUsize::new(n));
    for _ in 0..n {
        let (left, caller) = (left.clone(), caller.clone());
        pool.spawn(move || {
            if left.fetch_sub(1, Ordering::AcqRel) == 1 {
                caller.unpark();
            }
        });
    }
    while left.load(Ordering::Acquire) != 0 {
        std::thread::park();
    }
}

fn round_trip(pool: &rayon::ThreadPool, n: usize) {
    let sum: usize = (0..n).map(|_| pool.install(empty_task)).sum();
    assert_eq!(sum, n, "a task was lost");
}

fn four_producers(pool: &rayon::ThreadPool, n: usize) {
    std::thread::scope(|all| {
        for _ in 0..4 {
            all.spawn(|| submit_result(pool, n / 4));
        }
    });
}

fn fib(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (mut a, mut b) = (0, 0);
    rayon::scope(|both| {
        both.spawn(|_| a = fib(n - 1));
        both.spawn(|_| b = fib(n - 2));
    });
    a + b
}

fn fib_by_invoke(n: u32) -> u64 {
    if n < 2 {
        return n.into();
    }
    let (a, b) = rayon::join(|| fib_by_invoke(n - 1), || fib_by_invoke(n - 2));
    a + b
}

// Without tasks.
fn fib0(n: u32) -> u64 {
    (0..n).fold((0, 1), |(a, b), _| (b, a + b)).0
}

// --- what a pass costs ----------------------------------------------------------------------------

struct Counting;

static WATCHING: AtomicBool = AtomicBool::new(false);
static BLOCKS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if WATCHING.load(Ordering::Relaxed) {
            BLOCKS.fetch_add(1, Ordering::Relaxed);
            BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        }
        System.alloc(layout)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        System.dealloc(block, layout)
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

struct Moment {
    time: Instant,
    cpu: f64,
    switches: f64,
}

fn nanoseconds(t: libc::timeval) -> f64 {
    1e9 * t.tv_sec as f64 + 1e3 * t.tv_usec as f64
}

fn now() -> Moment {
    let mut used: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut used) };
    Moment {
        time: Instant::now(),
        cpu: nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime),
        switches: (used.ru_nvcsw + used.ru_nivcsw) as f64,
    }
}

// A warm-up pass, then the one that counts.
fn twice(options: &Options, tasks: usize, mut pass: impl FnMut()) -> String {
    pass();
    once(options, tasks, pass)
}

fn once(options: &Options, tasks: usize, mut pass: impl FnMut()) -> String {
    WATCHING.store(options.counts, Ordering::Relaxed);
    let a = now();
    pass();
    let b = now();
    let n = tasks as f64;
    if options.counts {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed) as f64 / n;
        return format!("{{\"blocks\": {:.4}, \"bytes\": {:.2}}}", of(&BLOCKS), of(&BYTES));
    }
    let wall = (b.time - a.time).as_nanos() as f64;
    let cpu = b.cpu - a.cpu;
    format!(
        "{{\"ns\": {:.3}, \"cpu_ns\": {:.3}, \"switches\": {:.6}, \"cpu_percent\": {:.3}}}",
        wall / n,
        cpu / n,
        (b.switches - a.switches) / n,
        100.0 * cpu / wall
    )
}

// --- the cases ------------------------------------------------------------------------------------

struct Options {
    name: String,
    shrink: usize,
    workers: usize,
    counts: bool,
}

impl Options {
    fn parse() -> Options {
        let mut words = std::env::args().skip(1);
        let name = words.next().expect("the name of a case");
        let mut options = Options { name, shrink: 1, workers: 2, counts: false };
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|w| w.parse().ok()).expect("a number");
            match word.as_str() {
                "--shrink" => options.shrink = number(),
                "--workers" => options.workers = number(),
                "--count" => options.counts = true,
                _ => panic!("there is no option {word}"),
            }
        }
        options
    }

    fn tasks(&self, usual: usize) -> usize {
        4 * (usual / self.shrink / 4).max(1)
    }
}

fn measure_fib(options: &Options, pool: &rayon::ThreadPool, fib: fn(u32) -> u64) -> String {
    let n = if options.shrink > 1 { 12 } else { 27 };
    let calls = 2 * fib0(n + 1) - 1;
    twice(options, calls as usize, || assert_eq!(pool.install(|| fib(n)), fib0(n), "fib is wrong"))
}

fn measure_map(options: &Options, pool: &rayon::ThreadPool) -> String {
    let n = options.tasks(1_000_000);
    let numbers: Vec<i32> = (0..n as i32).collect();
    let mut out = vec![0; n];
    twice(options, n, || {
        pool.install(|| numbers.par_iter().map(|x| 2 * x + 1).collect_into_vec(&mut out));
        assert_eq!((out[0], out[n - 1]), (1, 2 * n as i32 - 1), "the map is wrong");
    })
}

fn measure_for_each(options: &Options, pool: &rayon::ThreadPool) -> String {
    const LOOPS: i32 = 20; // one takes a tenth of a millisecond
    let mut all = vec![0; options.tasks(1_000_000)];
    let figures = twice(options, LOOPS as usize * all.len(), || {
        for _ in 0..LOOPS {
            pool.install(|| all.par_iter_mut().for_each(|x| *x += 1));
        }
    });
    assert!(all.iter().all(|x| *x == 2 * LOOPS), "an element was lost, or taken twice");
    figures
}

// Of a pool that has just been busy.
fn measure_idle(options: &Options, pool: &rayon::ThreadPool) -> String {
    submit_result(pool, 1000);
    let length = Duration::from_millis(if options.shrink > 1 { 10 } else { 1000 });
    once(options, 1, || std::thread::sleep(length))
}

fn main() {
    let options = Options::parse();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.workers).build().expect("threads");
    let (few, many) = (options.tasks(20_000), options.tasks(200_000));
    let figures = match options.name.as_str() {
        "submit_result" => twice(&options, many, || submit_result(&pool, many)),
        "fire_and_forget" => twice(&options, many, || fire_and_forget(&pool, many)),
        "round_trip" => twice(&options, few, || round_trip(&pool, few)),
        "four_producers" => twice(&options, many, || four_producers(&pool, many)),
        "fork_join" => measure_fib(&options, &pool, fib),
        "fork_join_invoke" => measure_fib(&options, &pool, fib_by_invoke),
        "map" => measure_map(&options, &pool),
        "for_each" => measure_for_each(&options, &pool),
        "idle" => measure_idle(&options, &pool),
        _ => String::from("{\"absent\": \"rayon has no form for it\"}"),
    };
    println!("{figures}");
}
