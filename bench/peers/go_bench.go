// Go: a goroutine for each task, and a channel of one for its result. The caller is a goroutine too, and
// has one of the processors while it submits.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"sync"
	"syscall"
	"time"
)

func emptyTask() int { return 1 }

func submit() chan int {
	result := make(chan int, 1)
	go func() { result <- emptyTask() }()
	return result
}

func submitResult(n int) {
	results := make([]chan int, n)
	for i := range results {
		results[i] = submit()
	}
	sum := 0
	for _, r := range results {
		sum += <-r
	}
	require(sum == n, "a task was lost")
}

func fireAndForget(n int) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go all.Done()
	}
	all.Wait()
}

func roundTrip(n int) {
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-submit()
	}
	require(sum == n, "a task was lost")
}

func fourProducers(n int) {
	var all sync.WaitGroup
	for i := 0; i < 4; i++ {
		all.Add(1)
		go func() {
			submitResult(n / 4)
			all.Done()
		}()
	}
	all.Wait()
}

func fib(n int) int {
	if n < 2 {
		return n
	}
	return <-forked(n-1) + <-forked(n-2)
}

func forked(n int) chan int {
	result := make(chan int, 1)
	go func() { result <- fib(n) }()
	return result
}

func fibByInvoke(n int) int {
	if n < 2 {
		return n
	}
	var a int
	var both sync.WaitGroup
	both.Add(1)
	go func() {
		a = fibByInvoke(n - 1)
		both.Done()
	}()
	b := fibByInvoke(n - 2)
	both.Wait()
	return a + b
}

// The 16 slices that every pool without a map of its own is given.
func mapSlices(in, out []int32) {
	const slices = 16
	var all sync.WaitGroup
	for s := 0; s < slices; s++ {
		from, to := len(in)*s/slices, len(in)*(s+1)/slices
		all.Add(1)
		go func() {
			for i := from; i < to; i++ {
				out[i] = 2*in[i] + 1
			}
			all.Done()
		}()
	}
	all.Wait()
}

func require(held bool, what string) {
	if !held {
		fmt.Fprintln(os.Stderr, "bench: "+what)
		os.Exit(2)
	}
}

// A pass of a case, and how many tasks it is.
type pass struct {
	tasks int
	run   func()
}

func passOf(name string, shrink int) (pass, bool) {
	few, many, size := tasks(20_000, shrink), tasks(200_000, shrink), 27
	if shrink > 1 {
		size = 12
	}
	calls := 2*fib0(size+1) - 1
	switch name {
	case "submit_result":
		return pass{many, func() { submitResult(many) }}, true
	case "fire_and_forget":
		return pass{many, func() { fireAndForget(many) }}, true
	case "round_trip":
		return pass{few, func() { roundTrip(few) }}, true
	case "four_producers":
		return pass{many, func() { fourProducers(many) }}, true
	case "fork_join":
		return pass{calls, func() { require(fib(size) == fib0(size), "fib is wrong") }}, true
	case "fork_join_invoke":
		return pass{calls, func() { require(fibByInvoke(size) == fib0(size), "fib is wrong") }}, true
	case "map":
		return mapPass(tasks(1_000_000, shrink)), true
	case "idle":
		return idlePass(shrink), true
	}
	return pass{}, false
}

func mapPass(n int) pass {
	in, out := make([]int32, n), make([]int32, n)
	for i := range in {
		in[i] = int32(i)
	}
	return pass{n, func() {
		mapSlices(in, out)
		require(out[0] == 1 && out[n-1] == int32(2*n-1), "the map is wrong")
	}}
}

// Of a scheduler that has just been busy.
func idlePass(shrink int) pass {
	length := time.Second
	if shrink > 1 {
		length = 10 * time.Millisecond
	}
	isWarm := false
	return pass{1, func() {
		if !isWarm {
			submitResult(1000)
			isWarm = true
			return
		}
		time.Sleep(length)
	}}
}

func tasks(usual, shrink int) int {
	n := usual / shrink / 4
	if n < 1 {
		n = 1
	}
	return 4 * n
}

// Without tasks.
func fib0(n int) int {
	a, b := 0, 1
	for i := 0; i < n; i++ {
		a, b = b, a+b
	}
	return a
}

// What one pass costs, with what is counted of the process.
type moment struct {
	time   time.Time
	used   syscall.Rusage
	memory runtime.MemStats
}

func now(counts bool) (m moment) {
	if counts {
		runtime.ReadMemStats(&m.memory)
	}
	syscall.Getrusage(syscall.RUSAGE_SELF, &m.used)
	m.time = time.Now()
	return m
}

func (m moment) cpu() float64 { return float64(m.used.Utime.Nano() + m.used.Stime.Nano()) }

func (m moment) switches() float64 { return float64(m.used.Nvcsw + m.used.Nivcsw) }

func measure(p pass, counts bool) map[string]float64 {
	p.run() // to warm up
	a := now(counts)
	p.run()
	b := now(counts)
	n, wall := float64(p.tasks), float64(b.time.Sub(a.time).Nanoseconds())
	if counts {
		return map[string]float64{"blocks": float64(b.memory.Mallocs-a.memory.Mallocs) / n,
			"bytes": float64(b.memory.TotalAlloc-a.memory.TotalAlloc) / n}
	}
	return map[string]float64{"ns": wall / n, "cpu_ns": (b.cpu() - a.cpu()) / n,
		"switches": (b.switches() - a.switches()) / n, "cpu_percent": 100 * (b.cpu() - a.cpu()) / wall}
}

func main() {
	name := os.Args[1]
	options := flag.NewFlagSet(name, flag.ExitOnError)
	shrink := options.Int("shrink", 1, "so many times fewer tasks")
	workers := options.Int("workers", 2, "processors at once")
	counts := options.Bool("count", false, "allocations instead of time")
	options.Parse(os.Args[2:])
	runtime.GOMAXPROCS(*workers)
	found, ok := passOf(name, *shrink)
	if !ok {
		fmt.Println(`{"absent": "Go has no form for it"}`)
		return
	}
	json.NewEncoder(os.Stdout).Encode(measure(found, *counts))
}
